//! Tasks: `ListTasks` says that a list exists and whether it is whole, `DescribeTasks` fills it. Both come in any
//! order and in several parts, so that lists are joined, never replaced.

use super::ecs::{cluster, cluster_in, failures, item, last_part};
use super::entry::{Entry, copy};
use crate::ecs::{EcsFacts, Task, Tasks};
use crate::known::Known;
use crate::{Facts, Target};

pub(super) fn list_tasks(entry: &Entry<'_>, facts: &mut Facts) {
    let cluster = cluster(entry);
    let known = match entry.output() {
        None => entry.problem().unwrap_or_default(),
        Some(_) => match entry.list::<String>("taskArns") {
            Err(nonsense) => entry.nonsense(&nonsense),
            // What AWS has listed is described by another call.
            Ok(_) => Known::Present(Tasks { tasks: Vec::new(), cut: entry.is_cut() }),
        },
    };
    match entry.param("serviceName") {
        Some(service) => join(&mut facts.ecs, &cluster, last_part(service), known),
        // Under `family` or `startedBy` the list says nothing of a service.
        None if entry.param("family").is_some() || entry.param("startedBy").is_some() => {}
        None => whole_cluster(entry, &mut facts.ecs, &cluster, known),
    }
}

pub(super) fn describe_tasks(entry: &Entry<'_>, facts: &mut Facts) {
    let cluster = cluster(entry);
    let ecs = &mut facts.ecs;
    let asked = entry.params("tasks");
    let is_target = |id: &str| {
        entry.targets.iter().any(|target| matches!(target, Target::Task { cluster: c, task } if *c == cluster && task == id))
    };
    let items = match entry.items("tasks") {
        Ok(items) if entry.output().is_some() => items,
        found => {
            let problem: Known<Tasks> = match (found, entry.problem_of_each(asked.len())) {
                (_, Some(problem)) => problem,
                (Err(nonsense), None) => entry.nonsense(&nonsense),
                (Ok(_), None) => return,
            };
            for id in asked.iter().map(|task| last_part(task)) {
                join(ecs, &cluster, id, copy(&problem));
            }
            return whole_cluster(entry, ecs, &cluster, problem);
        }
    };
    for (arn, failure) in failures(entry) {
        join(ecs, cluster_in(&arn).unwrap_or(&cluster), last_part(&arn), failure);
    }
    for (place, value) in items.iter().enumerate() {
        let task = match item::<Task>(entry, place, value) {
            Known::Present(task) => task,
            problem => {
                whole_cluster(entry, ecs, &cluster, copy(&problem));
                continue;
            }
        };
        let cluster = task.cluster_arn.as_deref().map_or(cluster.as_str(), last_part).to_owned();
        let service = service_of(ecs, &cluster, &task);
        let id = task.id().map(str::to_owned);
        let one = || Known::Present(Tasks { tasks: vec![task.clone()], cut: false });
        if let Some(service) = &service {
            join(ecs, &cluster, service, one());
        }
        if let Some(id) = id.filter(|id| service.is_none() || is_target(id)) {
            join(ecs, &cluster, &id, one());
        }
    }
    if entry.is_cut() {
        whole_cluster(entry, ecs, &cluster, entry.cut());
    }
}

/// The service that a task belongs to.
fn service_of(ecs: &EcsFacts, cluster: &str, task: &Task) -> Option<String> {
    if let Some(service) = task.group.as_deref().and_then(|group| group.strip_prefix("service:")) {
        return Some(service.to_owned());
    }
    let started_by = task.started_by.as_deref()?;
    let mut services = ecs.services.present().filter(|(key, _)| in_cluster(key, cluster));
    let (key, _) = services.find(|(_, service)| {
        let deployments =
            service.deployments.iter().filter_map(|deployment| deployment.id.as_deref());
        let sets = service.task_sets.iter().filter_map(|set| set.id.as_deref());
        deployments.chain(sets).any(|id| id == started_by)
    })?;
    Some(last_part(key).to_owned())
}

fn in_cluster(key: &str, cluster: &str) -> bool {
    key.strip_prefix(cluster).is_some_and(|rest| rest.starts_with('/'))
}

/// Joins a list to what is known of a target's tasks. A part that failed leaves the joined list cut.
fn join(ecs: &mut EcsFacts, cluster: &str, name: &str, part: Known<Tasks>) {
    let key = format!("{cluster}/{name}");
    let whole_cluster_cut =
        name != "*" && !matches!(ecs.tasks.get(&format!("{cluster}/*")), Known::NotAsked);
    let old = ecs.tasks.get(&key).map(Clone::clone);
    let joined = match (old, part) {
        (Known::Present(mut old), Known::Present(new)) => {
            for task in new.tasks {
                let same = |one: &Task| one.task_arn.is_some() && one.task_arn == task.task_arn;
                match old.tasks.iter_mut().find(|one| same(one)) {
                    Some(place) => *place = task,
                    None => old.tasks.push(task),
                }
            }
            old.cut |= new.cut;
            Known::Present(old)
        }
        // A task that AWS forgot between two calls takes nothing from those that it described.
        (Known::Present(list), Known::Absent | Known::NotAsked)
        | (Known::Absent | Known::NotAsked, Known::Present(list)) => Known::Present(list),
        (Known::Present(list), _) | (_, Known::Present(list)) => {
            Known::Present(Tasks { cut: true, ..list })
        }
        (Known::NotAsked | Known::Absent, part) => part,
        (old, _) => old,
    };
    let joined = joined.map(|tasks| Tasks { cut: tasks.cut || whole_cluster_cut, ..tasks });
    ecs.tasks.forget(&key);
    ecs.tasks.put(key, joined);
}

/// A listing of all of a cluster's tasks: when it is not whole, no list of the cluster is.
fn whole_cluster(entry: &Entry<'_>, ecs: &mut EcsFacts, cluster: &str, known: Known<Tasks>) {
    if matches!(&known, Known::Present(tasks) if !tasks.cut) || matches!(known, Known::Absent) {
        return;
    }
    let services = entry.targets.iter().filter(|target| target.cluster() == cluster);
    let names: Vec<String> = services
        .filter_map(Target::service)
        .map(str::to_owned)
        .chain(
            ecs.tasks
                .present()
                .filter(|(key, _)| in_cluster(key, cluster))
                .map(|(key, _)| last_part(key).to_owned()),
        )
        .collect();
    // A cut list of the cluster alone proves of no service that it has tasks or none.
    let part: Known<Tasks> = match &known {
        Known::Present(_) => Known::Failed {
            why: format!("the list of the tasks of cluster {cluster} was cut before its end"),
        },
        problem => copy(problem),
    };
    for name in names.iter().filter(|name| *name != "*") {
        join(ecs, cluster, name, copy(&part));
    }
    join(ecs, cluster, "*", known);
}
