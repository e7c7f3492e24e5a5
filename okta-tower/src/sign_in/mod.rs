//! The sign-in service and layer. Feature `sign-in`.
