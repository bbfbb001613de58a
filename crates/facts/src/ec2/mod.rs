//! EC2's network resources as the AWS CLI prints them, and [`Ec2Facts`]: which of them are known, and how completely.
//! Enum-like fields stay text, so that values that AWS adds later survive. Nothing here judges a resource.

mod cli_output;
mod facts;
#[expect(missing_docs, reason = "the fields carry the names and meanings of the EC2 API reference")]
mod interface;
mod items;
mod listing;
#[expect(missing_docs, reason = "the fields carry the names and meanings of the EC2 API reference")]
mod route;
mod shape;
#[expect(missing_docs, reason = "the fields carry the names and meanings of the EC2 API reference")]
mod transit;
#[expect(missing_docs, reason = "the fields carry the names and meanings of the EC2 API reference")]
mod vpc;

pub use cli_output::NotEc2;
pub use facts::{Ec2Facts, TransitGatewayRoutes};
pub use interface::*;
pub use listing::{Item, Listing};
pub use route::*;
pub use transit::*;
pub use vpc::*;

#[cfg(test)]
mod tests;
