//! Settings, validated.
