//! Marks of texts that are not about an ECS launch although they use the same words: Kubernetes pulls the same images,
//! Lambda and CodeBuild read the same secrets, every SDK speaks of AccessDenied.

/// Marks of other programs and services. They count only if the text does not name ECS.
pub(super) const FOREIGN: &[&str] = &[
    r"rpc error: code ?=",
    r"\bkubelet\b|\bkubectl\b|\bkube-|\bpods?[ /\x22']|imagepullbackoff|errimagepull|crashloopbackoff|back-off (?:pulling|restarting)|\bk8s\b|kubernetes|failedscheduling|failedmount|\bminikube\b|\bhelm\b",
    r"\blambda\b|runtime\.(?:invalidentrypoint|exiterror|importmoduleerror|handlernotfound)|/var/task/|\bcodebuild\b|codepipeline|codedeploy|sagemaker|step functions|states\.|\beks\b|\beksctl\b|elasticbeanstalk|app ?runner|lightsail|glue job|\bemr\b|\bbatch job\b|\bdynamodb\b|\bsqs:|\bsns:|\brds:|\bcloudfront\b|cognito|\bbedrock\b|redshift|athena|kinesis|eventbridge rule",
    // boto's words for a call that ECS does not make and that does not deploy to ECS.
    r"when calling the (?:get|describe|list|put|batch|assume|decrypt|encrypt|invoke|publish|send|receive|create(?:log|role|repository|function|stack|secret|bucket|key|network|vpc|db|queue|topic)|delete|run(?:instances|job)|start(?:query|exec|build|instances)|update(?:function|stack|item)|upload|head|copy|complete|scan|query)\w* operation",
    r"\bnpm err|\byarn\b|\bgradle\b|\bmaven\b|\bpip\b|\bbundler\b|\bcargo\b|\bgo: |\bansible\b|\bvagrant\b|\bjenkins\b|\bgitlab-runner\b|\bgithub actions\b|##\[error\]|\bdocker-compose\b|\bdocker compose\b|\bnerdctl\b|\bpodman\b|\bbuildkit\b|\bnomad\b|^docker: |failed to solve: |failed to resolve source metadata|^#\d+ (?:error|\[|\d)|\bsystemd\b|\bsshd\b|\bkernel: ",
    r"elasticmapreduce|invokefunction|getfunction|functionerror",
];

/// Words of ECS that other services write too: they do not outweigh a mark of those.
pub(super) const FARGATE: &[&str] = &[r"\bfargate\b"];

/// Words that only ECS writes.
pub(super) const ECS: &[&str] = &[
    r"resourceinitializationerror|taskfailedtostart|cannotpull(?:ecr)?container|cannotpullimagemanifest|cannotstartcontainererror|cannotcreatecontainererror|cannotcreatevolumeerror|cannotstopcontainererror|cannotinspectcontainererror|containerruntimetimeout|dockertimeouterror|taskstateerror",
    r"\becs\b|amazon-ecs|ecs-svc/|\barn:aws[\w-]*:ecs:|\becsinfrastructure",
    r"the task can(?:'t|not) |unexpected ec2 error while attempting|task failed to start|defined in the task definition|between the task and|task stopped at|essential container in task",
    r"\bwas unable to place a task\b|^\(service [^)]+\)|^service [^ ]+ (?:\(task |\(instance |\(port |was unable to (?:place|stop)|has (?:reached a|started \d|stopped \d|begun draining)|is unable to consistently|failed to launch a task|(?:de)?registered \d)",
    r"unable to retrieve secrets? from (?:asm|ssm)\b|fetching secret data from (?:aws secrets manager|ssm parameter store)|error retrieving (?:security group|subnet) information|\bebs volume attachment to complete",
    r"efs utils command|unable to pull secrets or registry auth|failed to validate logger args|execution resource retrieval failed|(?:pull image manifest|ref pull|inspect image) has been retried",
    r"when calling the (?:runtask|starttask|createservice|updateservice|registertaskdefinition|createtaskset|createcluster|describetasks|describeservices) operation",
];
