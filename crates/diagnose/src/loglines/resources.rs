//! Programs that run out of memory by their own count. The kernel's kill leaves no line in the container's log.

use super::{Idiom, LogKind};

pub(super) const IDIOMS: &[Idiom] = &[(
    LogKind::OutOfMemory,
    r"JavaScript heap out of memory|java\.lang\.OutOfMemoryError|^MemoryError\b|fatal error: runtime: out of memory|runtime: cannot allocate memory|System\.OutOfMemoryException|NoMemoryError|memory allocation of \d+ bytes failed|(?i:allowed memory size of \d+ bytes exhausted)|(?i:\bcannot allocate memory\b)|(?i:perhaps out of memory)",
)];
