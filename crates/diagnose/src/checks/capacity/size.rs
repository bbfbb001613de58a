//! The sizes that Fargate accepts. Source: ECS Developer Guide, task definition parameters for Fargate, task size.

const GIB: i64 = 1024;

/// CPU units, least and most MiB that go with them, and the step between.
const TABLE: [(i64, i64, i64, i64); 6] = [
    (512, GIB, 4 * GIB, GIB),
    (1024, 2 * GIB, 8 * GIB, GIB),
    (2048, 4 * GIB, 16 * GIB, GIB),
    (4096, 8 * GIB, 30 * GIB, GIB),
    (8192, 16 * GIB, 60 * GIB, 4 * GIB),
    (16384, 32 * GIB, 120 * GIB, 8 * GIB),
];
/// What goes with 256 CPU units, MiB.
const SMALLEST: [i64; 3] = [512, GIB, 2 * GIB];

/// CPU units or MiB, written as a number or with the unit (`.5 vCPU`, `1 GB`).
pub fn units(text: &str, unit: &str) -> Option<i64> {
    let text = text.trim();
    if let Ok(plain) = text.parse::<i64>() {
        return Some(plain);
    }
    let split = text.len().checked_sub(unit.len())?;
    let (number, suffix) = (text.get(..split)?, text.get(split..)?);
    if !suffix.eq_ignore_ascii_case(unit) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "sizes are far below 2^53")]
    number.trim().parse::<f64>().ok().map(|number| (number * 1024.0) as i64)
}

/// Whether Fargate accepts the pair.
pub fn is_pair(cpu: i64, mib: i64) -> bool {
    if cpu == 256 {
        return SMALLEST.contains(&mib);
    }
    TABLE.iter().any(|&(units, least, most, step)| {
        units == cpu && (least..=most).contains(&mib) && (mib - least) % step == 0
    })
}

/// CPU units that Fargate offers to Windows containers, least and most; the memory that goes with them is Linux's.
const WINDOWS: std::ops::RangeInclusive<i64> = 1024..=4096;

/// Whether Fargate accepts the pair for a task of this operating system.
pub fn is_offered(cpu: i64, mib: i64, windows: bool) -> bool {
    is_pair(cpu, mib) && (!windows || WINDOWS.contains(&cpu))
}

/// The smallest pair that a task of this operating system may have with at least this much of both.
pub fn offered(cpu: i64, mib: i64, windows: bool) -> Option<(i64, i64)> {
    let least = if windows { cpu.max(*WINDOWS.start()) } else { cpu };
    at_least(least, mib).filter(|(cpu, mib)| is_offered(*cpu, *mib, windows))
}

/// The smallest pair with at least this much of both.
pub fn at_least(cpu: i64, mib: i64) -> Option<(i64, i64)> {
    if cpu <= 256
        && let Some(fits) = SMALLEST.into_iter().find(|size| *size >= mib)
    {
        return Some((256, fits));
    }
    TABLE.into_iter().filter(|(units, ..)| *units >= cpu).find_map(|(units, least, most, step)| {
        let above = (mib - least).max(0);
        let fits = least + (above + step - 1) / step * step;
        (fits <= most).then_some((units, fits))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_the_developer_guide() {
        for (cpu, memory, valid) in [
            ("256", "512", true),
            ("256", "3072", false),
            (".5 vCPU", "1 GB", true),
            ("1 vcpu", "8GB", true),
            ("1024", "9216", false),
            ("8192", "20480", true),
            ("8192", "17408", false),
            ("16384", "122880", true),
            ("300", "512", false),
            ("", "512", false),
        ] {
            let pair = (units(cpu, "vCPU"), units(memory, "GB"));
            assert_eq!(
                matches!(pair, (Some(cpu), Some(mib)) if is_pair(cpu, mib)),
                valid,
                "{cpu} {memory}"
            );
        }
    }

    #[test]
    fn windows_has_the_middle_of_the_table() {
        for (cpu, mib, valid, next) in [
            (512, 1024, false, Some((1024, 2048))),
            (1024, 2048, true, Some((1024, 2048))),
            (4096, 30720, true, Some((4096, 30720))),
            (8192, 16384, false, None),
        ] {
            assert_eq!(is_offered(cpu, mib, true), valid, "{cpu} {mib}");
            assert_eq!(offered(cpu, mib, true), next, "{cpu} {mib}");
        }
        assert!(is_offered(512, 1024, false));
    }

    #[test]
    fn the_next_size_is_the_smallest_that_holds_both() {
        for (cpu, mib, expected) in [
            (256, 1024, Some((256, 1024))),
            (256, 1100, Some((256, 2048))),
            (256, 4096, Some((512, 4096))),
            (512, 512, Some((512, 1024))),
            (1024, 16384, Some((2048, 16384))),
            (8192, 17000, Some((8192, 20480))),
            (16384, 122_880, Some((16384, 122_880))),
            (16384, 245_760, None),
        ] {
            assert_eq!(at_least(cpu, mib), expected, "{cpu} {mib}");
            assert!(expected.is_none_or(|(cpu, mib)| is_pair(cpu, mib)));
        }
    }
}
