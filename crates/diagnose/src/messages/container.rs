//! Messages about creating, starting and running a container: the runtime's words and the agent's.

use super::Channel;
use super::rules::{Rule, rule};
use crate::symptom::Symptom;

/// Memory first: the text stands beside any other reason.
pub(super) const OUT_OF_MEMORY: &[Rule] = &[
    rule(
        Symptom::OutOfMemory,
        &[r"container killed due to memory usage|outofmemoryerror: container"],
    )
    .unless(&[r"java\.lang\."]),
    rule(Symptom::OutOfMemory, &[r"^outofmemoryerror(?:$|:$|: container)"])
        .only_in(Channel::ContainerReason),
];

/// The runtime tried to start a process.
const STARTING: &str = r"starting container process caused|unable to start container process|oci runtime|runc create failed|exec user process caused|cannotstartcontainererror";

/// What the text says at its end.
pub(super) const RULES: &[Rule] = &[
    rule(Symptom::ExecFormatError, &[r"(?:^|[ :\x22])exec format error", r"^exec [^ ]+: exec format|exec user process|standard_init_linux|cannotstart|oci runtime|container process|cannot execute|exec /"]),
    rule(
        Symptom::ContainerConfigInvalid,
        &[r"mount callback failed|error gathering device information|unable to copy contents to volume|are you trying to mount a directory onto a file|could not select device driver|minimum memory limit allowed|invalid mount config|invalid volume specification|cannotcreatecontainererror: .*the container name \x22[^\x22]*\x22 is already in use"],
    )
    .unless(&[r"failed to extract layer"])
    .with_ecs(),
    rule(Symptom::ContainerConfigInvalid, &[r"unable to find (?:user|group) |no users found|chdir to cwd|port is already allocated|address already in use|no command specified|no command or entrypoint|not a directory: unknown|invalid capability|unknown capability|error setting rlimit|setting cgroup config|linux runtime spec|read-only file system", r"cannotstart|cannotcreate|oci runtime|container process"]),
    // Go programs write the same of a command that they look for themselves.
    rule(Symptom::CommandNotStartable, &[r"executable file not found in \$?%?path"]).with_ecs(),
    rule(Symptom::CommandNotStartable, &[r"hcs(?:shim)?::system::createprocess.*the system cannot find the (?:file|path) specified|exec user process caused:? \x22?(?:no such file|permission denied)"]),
    rule(Symptom::CommandNotStartable, &[r"exec: \x22[^\x22]*\x22: (?:stat |permission denied|is a directory|no such file)|exec: \x22[^\x22]*\x22?.*no such file|executable file not found", STARTING]),
    rule(Symptom::CommandNotStartable, &[r"^(?:/bin/)?(?:ba|da)?sh: 0: (?:cannot|can't) open [^ ]+: no such file"]),
    rule(Symptom::CommandNotStartable, &[r"^exec /?[\w./-]+: (?:no such file or directory|permission denied)\W*$"]),
    rule(Symptom::DependencyFailed, &[r"dependency graph: |container ordering dependency|dependent container [^ ]+ (?:exited|did not|is not|failed|has )|as dependency (?:did not|is not)"]),
    rule(
        Symptom::HostProblem,
        &[r"cannotstopcontainererror|taskstateerror|containervanishederror|(?:containerruntimetimeouterror|dockertimeouterror)|could not transition to \w+; timed out after waiting|host ec2 \(?instance|cannotremovecontainererror"],
    ),
    rule(Symptom::HostProblem, &[r"devmapper: thin pool|devicemapper: |no container matching saved id|task stopped before image pull could begin|timed out waiting for amazon ecs agent|container instance .*(?:terminated|stopped|agent (?:is )?disconnected)"]).with_ecs(),
];
