//! Cookies: names, attributes, reading and writing. Feature `sign-in`.
