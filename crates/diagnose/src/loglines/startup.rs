//! Programs that cannot begin: wrong processor, missing files, modules and commands, permissions.

use super::{Idiom, LogKind};

pub(super) const IDIOMS: &[Idiom] = &[
    (
        LogKind::ExecFormat,
        r"(?i)exec format error|invalid elf header|wrong elf class|rosetta error: failed to open elf|qemu-\w+: could not open",
    ),
    (LogKind::MissingModule, r"(?i)cannot find (?:module|package) '(?P<module>[^']+)'"),
    (LogKind::MissingModule, r"ModuleNotFoundError: No module named '?(?P<module>[\w.-]+)"),
    (LogKind::MissingModule, r"ImportError: No module named '?(?P<module>[\w.-]+)"),
    (LogKind::MissingModule, r"ImportError: cannot import name '(?P<module>[^']+)'"),
    (LogKind::MissingModule, r#"(?i)could not import module "(?P<module>[^"]+)""#),
    (LogKind::MissingModule, r#"(?i)could not load the "(?P<module>[^"]+)" module"#),
    (LogKind::MissingModule, r"UnsupportedClassVersionError: (?P<module>[\w./$]+)"),
    (LogKind::MissingModule, r"Framework: '(?P<module>Microsoft\.[\w.]+)', version"),
    (LogKind::MissingModule, r"(?i)could not find or load main class (?P<module>[^ ]+)"),
    (
        LogKind::MissingModule,
        r"(?:ClassNotFoundException|NoClassDefFoundError): (?P<module>[\w./$]+)",
    ),
    (LogKind::MissingModule, r"(?i)no main manifest attribute, in (?P<module>[^ ]+)"),
    (LogKind::MissingModule, r"cannot load such file -- (?P<module>[^ ]+)"),
    (
        LogKind::MissingModule,
        r"Could not find (?P<module>[^ ]+) in (?:any of the sources|locally installed gems|rubygems)",
    ),
    (LogKind::MissingModule, r"(?i)could not load file or assembly '(?P<module>[^',]+)"),
    (LogKind::MissingModule, r#"(?i)class "(?P<module>[^"]+)" not found"#),
    (LogKind::MissingModule, r"(?i)failed opening required '(?P<module>[^']+)'"),
    (LogKind::MissingModule, r#"(?i)missing script: "?(?P<module>[\w:.-]+)"#),
    (LogKind::MissingFile, r"ENOENT: no such file or directory, \w+ '(?P<path>[^']+)'"),
    (LogKind::MissingFile, r"No such file or directory: b?'(?P<path>[^']+)'"),
    (LogKind::MissingFile, r"(?i)can't open file '(?P<path>[^']+)'"),
    (LogKind::MissingFile, r"(?i)unable to access jarfile (?P<path>[^ ]+)"),
    (LogKind::MissingFile, r"FileNotFoundException: (?P<path>[^ ]+) \(No such file"),
    (
        LogKind::MissingFile,
        r"\b(?:open|stat|lstat|read) (?P<path>[^ ]+): no such file or directory",
    ),
    (LogKind::MissingFile, r#"open\(\) "(?P<path>[^"]+)" failed \(2:"#),
    (LogKind::MissingFile, r#"cannot load certificate(?: key)? "(?P<path>[^"]+)""#),
    (LogKind::MissingFile, r"(?i)could not find file '(?P<path>[^']+)'"),
    (LogKind::MissingFile, r"(?i)the application to execute does not exist: '(?P<path>[^']+)'"),
    (
        LogKind::MissingFile,
        r"(?i)could not find a production build in the '(?P<path>[^']+)' directory",
    ),
    (
        LogKind::MissingFile,
        r"(?i)(?:require|include)(?:_once)?\((?P<path>[^)]+)\): failed to open stream: no such file",
    ),
    (
        LogKind::MissingFile,
        r"(?P<path>[\w.+-]+\.so[\w.]*): cannot open shared object file: No such file",
    ),
    (LogKind::MissingFile, r#"(?i)config file "(?P<path>[^"]+)" not found in"#),
    (LogKind::MissingFile, r"(?i)could not open input file: (?P<path>[^ ]+)"),
    (
        LogKind::MissingFile,
        r"(?i)error (?:while )?loading shared librar(?:y|ies):? (?P<path>[^ :]+)",
    ),
    (
        LogKind::CommandNotFound,
        r"(?:^|[ :/])env: ['\x22]?(?P<command>[^'\x22: ]+) ?['\x22]?: No such file or directory",
    ),
    (LogKind::MissingFile, r"(?:cannot|can't) open '?(?P<path>[^ ':]+)'?: No such file"),
    (LogKind::MissingFile, r"(?:^|[ :])(?P<path>/[^ :]+): No such file or directory"),
    (LogKind::CommandNotFound, r#"exec: "(?P<command>[^"]+)": executable file not found"#),
    (
        LogKind::CommandNotFound,
        r"^(?:[\w./-]+: )?(?:exec: )?(?:line )?(?:\d+: )?(?:exec: )?(?P<command>[\w./-]+): (?:command )?not found$",
    ),
    (LogKind::CommandNotFound, r"bundler: command not found: (?P<command>[^ ]+)"),
    (LogKind::PermissionDenied, r"EACCES: permission denied, \w+ '(?P<path>[^']+)'"),
    (
        LogKind::PermissionDenied,
        r"listen EACCES: permission denied (?P<address>[^ ]*):(?P<port>\d+)",
    ),
    (
        LogKind::PermissionDenied,
        r"PermissionError: \[Errno 13\] Permission denied: '(?P<path>[^']+)'",
    ),
    (
        LogKind::PermissionDenied,
        r"bind\(\) to (?P<address>[\d.]+|\[[0-9a-f:]+\]):(?P<port>\d+) failed \(13",
    ),
    (
        LogKind::PermissionDenied,
        r"listen tcp\d? (?P<address>[^ ]*):(?P<port>\d+): bind: permission denied",
    ),
    (LogKind::PermissionDenied, r"(?:open|mkdir|exec) (?P<path>/[^ ]+): permission denied"),
    (LogKind::PermissionDenied, r"(?:^|[ :])'?(?P<path>/[^ :']+)'?: Permission denied"),
    (
        LogKind::PermissionDenied,
        r#"(?:mkdir|open|unlink|rename)\(\) "(?P<path>[^"]+)" failed \((?:13|30): "#,
    ),
    (LogKind::PermissionDenied, r"(?i)socketexception \(13\): permission denied"),
];
