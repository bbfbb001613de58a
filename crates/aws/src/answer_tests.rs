//! Real answers of AWS, shortened, and hostile ones.

use serde_json::json;

use super::*;
use crate::operations::{cloudwatch, ec2, ecs, efs, elbv2, iam, s3, sts};

fn xml_value(operation: &Operation, body: &str) -> Value {
    read(operation, body.as_bytes()).unwrap()
}

#[test]
fn ec2_lists_flags_and_numbers_become_the_cli_s() {
    let body = r#"<?xml version="1.0" encoding="UTF-8"?>
<DescribeSubnetsResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">
    <requestId>f0a1</requestId>
    <subnetSet>
        <item>
            <subnetId>subnet-1</subnetId><state>available</state><vpcId>vpc-1</vpcId>
            <cidrBlock>10.0.0.0/26</cidrBlock>
            <ipv6CidrBlockAssociationSet/>
            <availableIpAddressCount>59</availableIpAddressCount>
            <mapPublicIpOnLaunch>false</mapPublicIpOnLaunch>
            <tagSet><item><key>Name</key><value>a &amp; b</value></item></tagSet>
        </item>
    </subnetSet>
</DescribeSubnetsResponse>"#;
    assert_eq!(
        xml_value(&ec2::DESCRIBE_SUBNETS, body),
        json!({"Subnets": [{
            "SubnetId": "subnet-1", "State": "available", "VpcId": "vpc-1",
            "CidrBlock": "10.0.0.0/26", "Ipv6CidrBlockAssociationSet": [],
            "AvailableIpAddressCount": 59, "MapPublicIpOnLaunch": false,
            "Tags": [{"Key": "Name", "Value": "a & b"}]
        }]})
    );
}

#[test]
fn ec2_members_whose_wire_name_differs_are_renamed() {
    let body = "<DescribeSecurityGroupsResponse><securityGroupInfo><item>\
        <groupId>sg-1</groupId><groupDescription>d</groupDescription>\
        <ipPermissionsEgress><item><ipProtocol>tcp</ipProtocol><fromPort>443</fromPort>\
        <toPort>443</toPort><groups/><ipRanges><item><cidrIp>0.0.0.0/0</cidrIp></item></ipRanges>\
        </item></ipPermissionsEgress></item></securityGroupInfo><nextToken>t</nextToken>\
        </DescribeSecurityGroupsResponse>";
    assert_eq!(
        xml_value(&ec2::DESCRIBE_SECURITY_GROUPS, body),
        json!({"SecurityGroups": [{
            "GroupId": "sg-1", "Description": "d",
            "IpPermissionsEgress": [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443,
                "UserIdGroupPairs": [], "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        }], "NextToken": "t"})
    );
    let body = "<DescribeVpcAttributeResponse><vpcId>vpc-1</vpcId><enableDnsSupport>\
        <value>true</value></enableDnsSupport></DescribeVpcAttributeResponse>";
    assert_eq!(
        xml_value(&ec2::DESCRIBE_VPC_ATTRIBUTE, body),
        json!({"VpcId": "vpc-1", "EnableDnsSupport": {"Value": true}})
    );
}

#[test]
fn iam_policy_documents_are_decoded() {
    let document = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%2C%22Id%22%3A%22%C3%A9%20%2B+%22%7D";
    let body = format!(
        "<GetRolePolicyResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRolePolicyResult>\
         <RoleName>exec</RoleName><PolicyName>p</PolicyName><PolicyDocument>{document}</PolicyDocument>\
         </GetRolePolicyResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetRolePolicyResponse>"
    );
    assert_eq!(
        xml_value(&iam::GET_ROLE_POLICY, &body),
        json!({"RoleName": "exec", "PolicyName": "p", "PolicyDocument":
            {"Version": "2012-10-17", "Statement": [], "Id": "é ++"}})
    );
}

#[test]
fn query_wrappers_lists_and_times_are_read() {
    let body = "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult>\
        <IsTruncated>false</IsTruncated><AttachedPolicies><member><PolicyName>p</PolicyName>\
        <PolicyArn>arn:p</PolicyArn></member></AttachedPolicies></ListAttachedRolePoliciesResult>\
        </ListAttachedRolePoliciesResponse>";
    assert_eq!(
        xml_value(&iam::LIST_ATTACHED_ROLE_POLICIES, body),
        json!({"IsTruncated": false, "AttachedPolicies": [{"PolicyName": "p", "PolicyArn": "arn:p"}]})
    );
    let body = "<GetMetricStatisticsResponse><GetMetricStatisticsResult><Datapoints><member>\
        <Maximum>97.5</Maximum><Unit>Percent</Unit><Timestamp>2024-05-01T10:00:00Z</Timestamp>\
        <ExtendedStatistics><entry><key>p99</key><value>98</value></entry></ExtendedStatistics>\
        </member></Datapoints><Label>L</Label></GetMetricStatisticsResult></GetMetricStatisticsResponse>";
    assert_eq!(
        xml_value(&cloudwatch::GET_METRIC_STATISTICS, body),
        json!({"Label": "L", "Datapoints": [{"Maximum": 97.5, "Unit": "Percent",
            "Timestamp": "2024-05-01T10:00:00Z", "ExtendedStatistics": {"p99": 98.0}}]})
    );
    let body = "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>012345678901</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";
    assert_eq!(xml_value(&sts::GET_CALLER_IDENTITY, body), json!({"Account": "012345678901"}));
    let body = "<DescribeTargetHealthResponse><DescribeTargetHealthResult><TargetHealthDescriptions>\
        <member><Target><Id>10.0.0.8</Id><Port>80</Port></Target><TargetHealth><State>unhealthy</State>\
        <Reason>Target.Timeout</Reason></TargetHealth></member></TargetHealthDescriptions>\
        </DescribeTargetHealthResult></DescribeTargetHealthResponse>";
    assert_eq!(
        xml_value(&elbv2::DESCRIBE_TARGET_HEALTH, body),
        json!({"TargetHealthDescriptions": [{"Target": {"Id": "10.0.0.8", "Port": 80},
            "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout"}}]})
    );
}

#[test]
fn s3_s_flat_lists_bare_roots_and_raw_bodies_are_read() {
    let body = "<ListBucketResult><Name>b</Name><IsTruncated>false</IsTruncated><KeyCount>2</KeyCount>\
        <Contents><Key>a</Key><Size>1</Size></Contents><Contents><Key>b</Key><Size>2</Size></Contents>\
        </ListBucketResult>";
    assert_eq!(
        xml_value(&s3::LIST_OBJECTS_V2, body),
        json!({"Name": "b", "IsTruncated": false, "KeyCount": 2,
            "Contents": [{"Key": "a", "Size": 1}, {"Key": "b", "Size": 2}]})
    );
    let home = |text: &str| xml_value(&s3::GET_BUCKET_LOCATION, text);
    assert_eq!(
        home("<LocationConstraint xmlns=\"u\">eu-west-1</LocationConstraint>"),
        json!({"LocationConstraint": "eu-west-1"})
    );
    assert_eq!(home("<LocationConstraint xmlns=\"u\"/>"), json!({"LocationConstraint": null}));
    assert_eq!(
        xml_value(&s3::GET_BUCKET_POLICY, "{\"Version\":\"2012-10-17\"}"),
        json!({"Policy": "{\"Version\":\"2012-10-17\"}"})
    );
}

#[test]
fn json_passes_as_it_is_without_nulls() {
    let body =
        r#"{"services":[{"serviceName":"app","createdAt":1.7e9,"new":{"x":1},"roleArn":null}]}"#;
    assert_eq!(
        read(&ecs::DESCRIBE_SERVICES, body.as_bytes()).unwrap(),
        json!({"services": [{"serviceName": "app", "createdAt": 1.7e9, "new": {"x": 1}}]})
    );
    assert_eq!(read(&efs::DESCRIBE_FILE_SYSTEMS, b"").unwrap(), json!({}));
}

#[test]
fn what_is_not_an_answer_is_refused() {
    let deep = "[".repeat(10_000);
    for body in ["{\"services\":[", "[]", "<html></html>", "null", &deep] {
        assert!(read(&ecs::DESCRIBE_SERVICES, body.as_bytes()).is_err(), "{body:.20}");
    }
    for body in [
        "",
        "<html><body>Sign in</body></html>",
        "<DescribeSubnetsResponse><subnetSet><item>",
        "<DescribeSubnetsResponse><subnetSet><item><availableIpAddressCount>many</availableIpAddressCount></item></subnetSet></DescribeSubnetsResponse>",
    ] {
        assert!(read(&ec2::DESCRIBE_SUBNETS, body.as_bytes()).is_err(), "{body}");
    }
    assert!(read(&ecs::DESCRIBE_SERVICES, b"\xff\xfe{}").is_err());
    assert!(read(&iam::GET_ROLE, b"<GetRoleResponse/>").is_err());
}

#[test]
fn errors_are_read_in_every_form() {
    let rows = [
        (
            None,
            r#"{"__type":"com.amazonaws.ecs#ClusterNotFoundException","message":"no"}"#,
            "ClusterNotFoundException",
            "no",
        ),
        (
            Some("AccessDeniedException:http://x"),
            r#"{"Message":"denied"}"#,
            "AccessDeniedException",
            "denied",
        ),
        (
            None,
            "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>m</Message></Error></Errors></Response>",
            "UnauthorizedOperation",
            "m",
        ),
        (
            None,
            "<ErrorResponse><Error><Type>Sender</Type><Code>NoSuchEntity</Code><Message>m</Message></Error></ErrorResponse>",
            "NoSuchEntity",
            "m",
        ),
        (None, "<Error><Code>NoSuchBucket</Code><Message>m</Message></Error>", "NoSuchBucket", "m"),
        (None, "<html><head><title>403 Forbidden</title></head></html>", "", "403 Forbidden"),
        (None, "", "", ""),
    ];
    for (header, body, code, message) in rows {
        let found = read_error(header, body.as_bytes());
        assert_eq!(found.code.as_deref().unwrap_or_default(), code, "{body}");
        assert_eq!(found.message, message, "{body}");
    }
}
