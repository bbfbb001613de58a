//! Names that AWS and people write: ARNs, image references, `valueFrom` of secrets, console URLs.
//! Each is parsed once, here, into parts; an error names the part that is wrong.
//! Nothing here knows whether the named thing exists.

mod arn;
mod console_url;
mod image;
mod partition;
mod registry;
mod secret;

pub use arn::{Arn, ArnError, EcsResource, RoleName, SecretName};
pub use console_url::{ConsoleResource, ConsoleTarget, ConsoleUrlError};
pub use image::{ImageRef, ImageRefError};
pub use partition::{dns_suffix_of_partition, partition_of_region};
pub use registry::Registry;
pub use secret::{S3ObjectRef, SecretRef, SecretRefError};
