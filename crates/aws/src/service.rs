//! The AWS services that the table reaches: their names in the AWS CLI and in IAM,
//! and the model that `gen/shapes.py` wrote for each.

use std::sync::LazyLock;

use crate::model::ServiceModel;

/// One AWS service.
#[derive(Debug)]
pub struct Service {
    /// The AWS CLI's name, `elbv2`.
    pub name: &'static str,
    /// What stands before the colon in its IAM actions, `elasticloadbalancing`.
    pub iam_prefix: &'static str,
    /// Its key in `model/endpoints.json`.
    pub(crate) key: &'static str,
    model: LazyLock<ServiceModel>,
}

impl Service {
    /// Protocol, shapes and operations from AWS's service model, parsed once.
    #[must_use]
    pub fn model(&self) -> &ServiceModel {
        &self.model
    }

    /// EC2 models no errors, but all its codes for a missing subject end alike
    /// ("Error codes for the Amazon EC2 API").
    pub(crate) fn means_absent(&self, code: &str) -> bool {
        self.key == "ec2" && (code.ends_with(".NotFound") || code.ends_with("NotFound"))
    }
}

macro_rules! services {
    ($( $row:ident $name:literal $prefix:literal $file:literal; )*) => { $(
        #[doc = concat!("`aws ", $name, "`")]
        pub static $row: Service = Service {
            name: $name,
            iam_prefix: $prefix,
            key: $file,
            model: LazyLock::new(|| ServiceModel::parse(include_str!(concat!("../model/", $file, ".json")))),
        };
    )* };
}

services! {
    STS "sts" "sts" "sts";
    ECS "ecs" "ecs" "ecs";
    ECR "ecr" "ecr" "ecr";
    IAM "iam" "iam" "iam";
    EC2 "ec2" "ec2" "ec2";
    SECRETS_MANAGER "secretsmanager" "secretsmanager" "secretsmanager";
    SSM "ssm" "ssm" "ssm";
    KMS "kms" "kms" "kms";
    LOGS "logs" "logs" "logs";
    CLOUDWATCH "cloudwatch" "cloudwatch" "cloudwatch";
    ELBV2 "elbv2" "elasticloadbalancing" "elbv2";
    EFS "efs" "elasticfilesystem" "efs";
    S3 "s3api" "s3" "s3";
    SERVICE_QUOTAS "service-quotas" "servicequotas" "service-quotas";
    APPLICATION_AUTOSCALING "application-autoscaling" "application-autoscaling" "application-autoscaling";
}
