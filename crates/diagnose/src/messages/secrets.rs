//! Messages about Secrets Manager, Parameter Store, KMS and environment files.

use super::pull::{DENIED, NO_ANSWER, REQUEST_FAILED};
use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// The text speaks of a secret or parameter that is being read (not of "secrets or registry auth").
const READING: &str = r"from asm\b|from ssm\b|from secrets manager|fetch(?:ing)? secret|secret value|secrets manager: getsecretvalue|ssm: getparameters|//secretsmanager\.|//ssm\.|\w:secretsmanager:|\w:ssm:|ssm parameter|parameter store";

/// Words of the ECS agents for reading a secret; other programs have their own.
const RETRIEVING: &str = r"unable to retrieve secrets? from (?:asm|ssm)|fetching secret data from (?:aws secrets manager|ssm parameter store)";

/// What the text says at its end.
pub(super) const RULES: &[Rule] = &[
    rule(Symptom::EnvFileUnavailable, &[r"failed to download env(?:ironment)? files?|unable to download env(?:ironment)? files?|can(?:'t|not) download the environment (?:variable )?files?"]),
    rule(Symptom::SecretDecryptDenied, &[r"access to kms is not allowed(?:\W*$|\W*(?:status|\(service|request))|ciphertext refers to a customer master key"]),
    rule(Symptom::SecretDecryptDenied, &[r"not authorized to perform: kms:decrypt"]).with_ecs(),
    rule(Symptom::SecretDecryptDenied, &[r"not authorized to perform: kms:decrypt", RETRIEVING]),
    rule(Symptom::SecretDecryptDenied, &[r"kmsinvalidstateexception|decryptionfailure|kms key [^ ]* ?is (?:disabled|pending)|arn:aws[\w-]*:kms:[^ ]+ is (?:disabled|pending)|can't decrypt the protected secret", READING]),
    rule(Symptom::SecretAccessDenied, &[r"not authorized to perform: (?:secretsmanager:|ssm:getparameter)"]).with_ecs(),
    rule(Symptom::SecretAccessDenied, &[r"not authorized to perform: (?:secretsmanager:|ssm:getparameter)", RETRIEVING]),
    rule(Symptom::SecretAccessDenied, &[DENIED, READING]).unless(&[r"ecr:|logs:|kms"]).with_ecs(),
    rule(Symptom::SecretKeyMissing, &[r"did not contain json key"]),
    rule(
        Symptom::SecretKeyMissing,
        &[r"invalid character '.*' (?:looking for|in |after)|json: cannot unmarshal|unexpected end of json input", r"unable to pull secrets|from asm|secrets? manager|fetching secret"],
    )
    .unless(&[r"registry auth from asm"]),
    rule(Symptom::RegistryCredentialsInvalid, &[r"invalid schema|invalid character|json: cannot unmarshal|unexpected end of json", r"registry auth from asm|asm fetching"]),
    rule(
        Symptom::SecretNotFound,
        &[r"can(?:'t|not) find the specified secret|can(?:'t|not) retrieve the secret with arn|getsecretvalueinput\.versionid|secret value for staging label|secret value for versionid"],
    )
    .with_ecs(),
    rule(Symptom::SecretNotFound, &[r"(?:marked|scheduled) for deletion|marked deleted|(?:unexpected|invalid) arn format|resourcenotfoundexception|validationexception: invalid name", READING]).unless(&[r"log group|log stream|cloudwatch"]),
    rule(Symptom::SecretNotFound, &[r"an invalid arn format for the aws secrets manager|secret because it was (?:marked|scheduled) for deletion"]),
    rule(Symptom::SecretUnreachable, &[r"connection issue between the task and (?:aws )?(?:secrets manager|systems manager|ssm|parameter store)|network connection between the task and (?:aws |amazon )?(?:secrets manager|systems manager|ssm|parameter store)"]),
    rule(Symptom::SecretUnreachable, &[READING, NO_ANSWER]).with_ecs(),
    rule(Symptom::SecretUnreachable, &[READING, REQUEST_FAILED]).with_ecs(),
    rule(Symptom::SecretUnreachable, &[r"asm fetching", NO_ANSWER]),
    rule(Symptom::SecretUnreachable, &[r"asm fetching", r"requesterror|requestcancell?ed|statuscode: 0,"]),
    rule(Symptom::SecretUnreachable, &[r"pull command failed: : signal: killed", r"unable to pull secrets"]),
    rule(Symptom::ParameterNotFound, &[r"invalid ssm parameters?: |parameter store in [^ ]+: invalid parameters"]),
    rule(Symptom::ParameterNotFound, &[r"invalid parameters: |parameternotfound", r"from ssm\b|ssm parameter|fetching secret data"]),
];

/// What only the beginning says.
pub(super) const FALLBACK: &[Rule] = &[];
