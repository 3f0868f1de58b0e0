//! What makes sure that somebody is who they say: the second step, links for a new password, sessions one can look at and end, and
//! signing in at an identity provider.

pub(super) mod devices;
pub(super) mod id_token;
pub(super) mod note;
pub(super) mod provider;
pub(super) mod reset;
pub(super) mod second;
pub(super) mod sso;
pub(super) mod store;
pub(super) mod totp;
