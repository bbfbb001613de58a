//! The paths that a launch needs: from the task's network interface in each subnet to every destination of the task
//! definition. Judged once per launch; each check of this group tells the obstacles of its own kind.

use crate::check::{Fault, Verdict};
use crate::launch::Launch;
use crate::symptom::Symptom;
use ecswhy_facts::{Gap, GapReason, Registry, SecretRef};
use ecswhy_network::services::Service;
use ecswhy_network::{Answer, Destination, Model, Origin, Question};

/// The answer for one destination, from one subnet.
#[derive(Debug)]
pub struct Reached {
    subnet: String,
    host: String,
    symptoms: Vec<Symptom>,
    answer: Answer,
}

/// A destination that the launch needs, and what its absence shows as.
struct Needed {
    destination: Destination,
    host: String,
    symptoms: Vec<Symptom>,
}

impl Needed {
    fn service(service: Service, symptoms: &[Symptom]) -> Self {
        Self {
            host: service.host.clone(),
            destination: Destination::Service(service),
            symptoms: symptoms.to_vec(),
        }
    }
}

/// ECS Developer Guide, "Fargate task networking": which traffic leaves through the task's own interface. Platform
/// versions before 1.4.0 log in to ECR and read secrets through an interface of AWS's own.
fn needed(launch: &Launch<'_>) -> Result<Vec<Needed>, Gap> {
    const PULL: &[Symptom] = &[Symptom::RegistryUnreachable, Symptom::ImagePullFailed];
    const LAYERS: &[Symptom] = &[Symptom::LayerDownloadUnreachable, Symptom::ImagePullFailed];
    let needs = launch.needs()?;
    let home = &launch.snapshot.region;
    let old_platform = launch.platform_version().starts_with("1.3")
        || launch.platform_version().starts_with("1.2");
    let mut all = Vec::new();
    for image in needs.images.iter().filter_map(|need| need.image.as_ref().ok()) {
        match image.registry() {
            Registry::EcrPrivate { account, region, .. } => {
                if !old_platform {
                    all.push(Needed::service(Service::new("ecr.api", &region), PULL));
                }
                all.push(Needed::service(Service::registry(&account, &region), PULL));
                all.push(Needed::service(Service::layers(&region), LAYERS));
            }
            Registry::EcrPublic | Registry::DockerHub | Registry::Other(_) => {
                let host = image.host().split(':').next().unwrap_or_default().to_owned();
                all.push(Needed {
                    destination: Destination::Internet(host.clone()),
                    host,
                    symptoms: PULL.to_vec(),
                });
            }
        }
    }
    for reference in needs
        .secrets
        .iter()
        .filter_map(|need| need.reference.as_ref().ok())
        .filter(|_| !old_platform)
    {
        let name = match reference {
            SecretRef::Secret { .. } => "secretsmanager",
            SecretRef::Parameter { .. } | SecretRef::SecretThroughParameter { .. } => "ssm",
        };
        let region = reference.region().unwrap_or(home);
        all.push(Needed::service(Service::new(name, region), &[Symptom::SecretUnreachable]));
    }
    for log in &needs.log_groups {
        let region = log.region.as_deref().unwrap_or(home);
        all.push(Needed::service(Service::new("logs", region), &[Symptom::LogUnreachable]));
    }
    for file in needs.env_files.iter().filter_map(|file| file.object.as_ref().ok()) {
        all.push(Needed::service(
            Service::bucket(&file.bucket, home),
            &[Symptom::EnvFileUnavailable],
        ));
    }
    all.sort_by(|a, b| a.host.cmp(&b.host));
    all.dedup_by(|a, b| a.host == b.host);
    Ok(all)
}

/// Judges every path of the launch.
pub fn judge(launch: &Launch<'_>) -> Result<Vec<Reached>, Gap> {
    let Some(network) = launch.network()?.filter(|_| launch.is_fargate()) else {
        return Ok(Vec::new());
    };
    // The interface of a stopped task is gone, and with it what said which security groups it had; an empty list in
    // a service's settings is the VPC's default group.
    if launch.service.is_none() && network.security_groups.is_empty() {
        return Err(Gap {
            call: "ec2:DescribeNetworkInterfaces".to_owned(),
            subject: launch.target.key(),
            why: GapReason::NotAsked,
        });
    }
    let model = Model::new([&launch.facts.ec2]);
    let mut all = Vec::new();
    for subnet in &network.subnets {
        let origin = Origin::Task {
            subnet: subnet.clone(),
            security_groups: network.security_groups.clone(),
            public_ip: network.assign_public_ip.as_deref() == Some("ENABLED"),
            ipv6: false,
        };
        let (mut services, mut others) = (Vec::new(), Vec::new());
        for need in needed(launch)? {
            let answer = model.reach(&Question::tcp(origin.clone(), need.destination.clone(), 443));
            match need.destination {
                Destination::Service(service) => {
                    services.push(((service, answer), need.host, need.symptoms))
                }
                _ => others.push((answer, need.host, need.symptoms)),
            }
        }
        let (mut answers, names): (Vec<_>, Vec<_>) =
            services.into_iter().map(|(answer, host, symptoms)| (answer, (host, symptoms))).unzip();
        ecswhy_network::name_missing_endpoints(&mut answers);
        let services = answers
            .into_iter()
            .zip(names)
            .map(|((_, answer), (host, symptoms))| (answer, host, symptoms));
        all.extend(services.chain(others).map(|(answer, host, symptoms)| Reached {
            subnet: subnet.clone(),
            host,
            symptoms,
            answer,
        }));
    }
    Ok(all)
}

/// The obstacles of one kind on the paths of the launch.
pub fn verdict(launch: &Launch<'_>, id: &str) -> Result<Verdict, Gap> {
    let reached = launch.paths()?;
    if reached.is_empty() {
        return Ok(Verdict::NotApplicable("the launch needs no network path that can be judged"));
    }
    let mut faults: Vec<Fault> = Vec::new();
    let mut gaps: Vec<Gap> = Vec::new();
    for path in reached {
        gaps.extend(
            path.answer
                .gaps()
                .iter()
                .filter(|gap| !gaps.contains(gap))
                .cloned()
                .collect::<Vec<_>>(),
        );
        let obstacles =
            path.answer.obstacles().iter().enumerate().filter(|(_, obstacle)| !obstacle.partial);
        for (hop, obstacle) in obstacles.filter(|(_, obstacle)| obstacle.fault.id() == id) {
            add(&mut faults, path, u32::try_from(hop).unwrap_or(u32::MAX), obstacle);
        }
    }
    Ok(match (faults.is_empty(), gaps.is_empty()) {
        (false, _) => Verdict::Fail(faults),
        (true, false) => Verdict::Unknown(gaps),
        (true, true) => Verdict::Pass,
    })
}

/// One finding per subject: the hosts and subnets that the same obstacle cuts off are told together.
fn add(faults: &mut Vec<Fault>, path: &Reached, hop: u32, obstacle: &ecswhy_network::Obstacle) {
    let index = faults.iter().position(|fault| fault.subject == obstacle.subject);
    let index = index.unwrap_or_else(|| {
        let mut fault =
            Fault::new(obstacle.subject.clone(), obstacle.message.clone()).at_hop(hop).trace(
                std::iter::once(path.answer.path.line())
                    .chain(path.answer.path.ladder().lines().map(str::to_owned))
                    .collect(),
            );
        for proof in &obstacle.proof {
            fault = fault.fact(proof.call, proof.resource.clone(), &proof.field, &proof.value);
        }
        faults.push(fault);
        faults.len() - 1
    });
    let fault = &mut faults[index];
    if !fault.subnets.contains(&path.subnet) {
        fault.subnets.push(path.subnet.clone());
    }
    if !fault.about.iter().any(|(_, host)| *host == path.host) {
        fault.about.push(("host", path.host.clone()));
    }
    for symptom in &path.symptoms {
        if !fault.symptoms.contains(symptom) {
            fault.symptoms.push(*symptom);
        }
    }
}
