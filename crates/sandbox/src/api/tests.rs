//! The API's rules.
