
# --- what follows is the same in every script ---

umask 077 # task definitions hold environment variables
export AWS_PAGER=''
cd "${1:-.}" || exit 2
command -v aws >/dev/null || { echo 'the AWS CLI (aws) is not installed here' >&2; exit 2; }
: "${REGION:=${AWS_REGION:-${AWS_DEFAULT_REGION:-$(aws configure get region)}}}"
[[ -n $REGION ]] || { echo 'no region is set: set AWS_REGION' >&2; exit 2; }
ACCOUNT=$(aws sts get-caller-identity --region "$REGION" --query Account --output text) || exit 2
case $REGION in # the partition of an ARN
  cn-*) PARTITION=aws-cn ;;
  us-gov-*) PARTITION=aws-us-gov ;;
  us-isob-*) PARTITION=aws-iso-b ;;
  us-isof-*) PARTITION=aws-iso-f ;;
  us-iso-*) PARTITION=aws-iso ;;
  eu-isoe-*) PARTITION=aws-iso-e ;;
  eusc-*) PARTITION=aws-eusc ;;
  *) PARTITION=aws ;;
esac

if ((${#SERVICES[@]} + ${#TASKS[@]} == 0)); then # all services of the cluster
  # shellcheck disable=SC2207 # names have no spaces
  SERVICES=($(aws ecs list-services --cluster "$CLUSTER" --region "$REGION" --query 'serviceArns[]' --output text |
    tr '\t' '\n' | sed 's#.*/##'))
fi

# Percent-encodes all but letters, digits, underscore, hyphen and full stop.
encode() {
  local LC_ALL=C text=$1 out='' letter code i
  for ((i = 0; i < ${#text}; i++)); do
    letter=${text:i:1}
    case $letter in
      [A-Za-z0-9_.-]) ;;
      *)
        printf -v code '%d' "'$letter"
        printf -v letter '%%%02X' "$((code & 255))"
        ;;
    esac
    out+=$letter
  done
  printf '%s' "$out"
}

# One request: ask CALL REGION PARTS ARGUMENTS... Its answer goes into a file that is named like the request, and
# what the AWS CLI says on standard error beside it. What was asked before is not asked again.
PARTS_CUT=0
ask() {
  local call=$1 region=$2 parts=$3
  shift 3
  local name="$call@$region$parts"
  if ((${#name} > 240)); then # longer names do not fit into a file system
    PARTS_CUT=$((PARTS_CUT + 1))
    name="$call@$region@_part=$PARTS_CUT"
  fi
  [[ -e $name.json ]] && return
  : >"$name.json"
  while (($(jobs -rp | wc -l) >= 8)); do sleep 0.05; done
  {
    aws "$@" --region "$region" --output json </dev/null >"$name.json" 2>"$name.stderr" || : >"$name.json"
    [[ -s $name.stderr ]] || rm -f "$name.stderr"
  } &
}

# The account of a resource, as a part of a file name, where it is another one.
of_account() { [[ $1 == "$ACCOUNT" || -z $1 ]] || printf '@_account=%s' "$1"; }
field() { printf '%s' "$1" | cut -d: -f"$2"; }
all() { cat "$@" 2>/dev/null; }
# Values of a member, entries of a list of texts, and the lines of one list or object, in the AWS CLI's JSON.
strings() {
  awk -v names=" $* " 'match($0, /^ *"[A-Za-z-]+": "/) {
    name = $1; gsub(/[":]/, "", name)
    value = substr($0, RLENGTH + 1); sub(/",?$/, "", value)
    if (index(names, " " name " ")) print value}' | sort -u
}
entries() {
  awk -v key="\"$1\": [" 'on && /^ *\]/ {on = 0} on {gsub(/^ *"|",?$/, ""); print}
    index($0, key) && /\[$/ {on = 1}' | sort -u
}
block() {
  awk -v key="\"$1\": " '{match($0, /^ */)} on && RLENGTH == depth {on = 0} on
    !on && index($0, key) == RLENGTH + 1 && /[[{]$/ {on = 1; depth = RLENGTH}'
}

# Tasks of the targets, one a line: createdAt, ARN, revision, state, whether a container ran, stoppedAt, reason, subnet,
# startedAt.
tasks() {
  all ecs.describe-tasks@* | awk -v services=" ${SERVICES[*]} " -v ids=" ${TASKS[*]} " '
    function text() {sub(/^ *"[A-Za-z]*": "?/, ""); sub(/"?,?$/, ""); return $0}
    /^        \{/ {arn = group = revision = state = created = stopped = reason = subnet = started = "-"; ran = 0; next}
    /^            "taskArn": /           {arn = text()}
    /^            "group": /             {group = text()}
    /^            "taskDefinitionArn": / {revision = text()}
    /^            "lastStatus": /        {state = text()}
    /^            "createdAt": /         {created = text()}
    /^            "stoppedAt": /         {stopped = text()}
    /^            "stoppedReason": /     {reason = text()}
    /^            "startedAt": /         {ran = 1; started = text()}
    /"exitCode": /                       {ran = 1}
    /"value": "subnet-/                  {subnet = $0; gsub(/^ *"value": "|",?$/, "", subnet)}
    /^        \}/ {
      id = arn; sub(/.*\//, "", id); sub(/^service:/, "", group)
      if (index(services, " " group " ") || index(ids, " " id " "))
        print created "\t" arn "\t" revision "\t" state "\t" ran "\t" stopped "\t" reason "\t" subnet "\t" started
    }' | sort -r
}

# Services of which a container was killed, or ran out of memory.
killed() {
  all ecs.describe-tasks@* | awk -v services=" ${SERVICES[*]} " '
    /^        \{/ {group = ""; killed = 0}
    /^            "group": "service:/ {group = $2; gsub(/^"service:|",?$/, "", group)}
    /"exitCode": 137,?$/ || /"(stoppedReason|reason)": .*OutOfMemory/ {killed = 1}
    /^        \}/ {if (killed && index(services, " " group " ")) print group}' | sort -u
}

# Those whose containers ran and failed: nobody wants the lines of tasks that were scaled in.
failed() { tasks | awk -F '\t' '$4 == "STOPPED" && $5 == 1 && index($7, "Scaling activity initiated by") != 1'; }

# Log options of the containers of one task definition: container, group, region, stream prefix.
log_options() {
  awk 'function text() {sub(/^ *"[A-Za-z-]*": "/, ""); sub(/",?$/, ""); return $0}
    /^            \{/ {name = group = region = prefix = "-"}
    /^                "name": /      {name = text()}
    /"awslogs-group": /              {group = text()}
    /"awslogs-region": /             {region = text()}
    /"awslogs-stream-prefix": /      {prefix = text()}
    /^            \}/ {if (group != "-") print name "\t" group "\t" region "\t" prefix; group = "-"}'
}

of_targets() {
  local service task cluster
  cluster=$(encode "$CLUSTER")
  ask ecs.describe-clusters "$REGION" "@clusters+=$cluster" ecs describe-clusters --clusters "$CLUSTER"
  for service in "${SERVICES[@]}"; do
    ask ecs.describe-services "$REGION" "@cluster=$cluster@include+=TAGS@services+=$(encode "$service")" \
      ecs describe-services --cluster "$CLUSTER" --services "$service" --include TAGS
    for status in RUNNING STOPPED; do
      ask ecs.list-tasks "$REGION" "@cluster=$cluster@desiredStatus=$status@serviceName=$(encode "$service")" \
        ecs list-tasks --cluster "$CLUSTER" --service-name "$service" --desired-status $status
    done
    ask ecs.list-tasks "$REGION" "@cluster=$cluster@desiredStatus=STOPPED" \
      ecs list-tasks --cluster "$CLUSTER" --desired-status STOPPED --max-items 500
  done
  for task in "${TASKS[@]}"; do
    ask ecs.describe-tasks "$REGION" "@cluster=$cluster@include+=TAGS@tasks+=$(encode "$task")" \
      ecs describe-tasks --cluster "$CLUSTER" --tasks "$task" --include TAGS
  done
  # shellcheck disable=SC2046 # ARNs have no spaces
  listed $(all ecs.list-tasks@* | entries taskArns)
}

# Describes tasks, as many at once as AWS takes.
listed() {
  local batch number=0
  while (($#)); do
    batch=("${@:1:100}")
    shift $(($# < 100 ? $# : 100))
    number=$((number + 1))
    ask ecs.describe-tasks "$REGION" "@cluster=$(encode "$CLUSTER")@include+=TAGS@_part=$number" \
      ecs describe-tasks --cluster "$CLUSTER" --tasks "${batch[@]}" --include TAGS
  done
}

of_revisions() {
  local deployed
  deployed=$(all ecs.describe-services@* | strings taskDefinition)
  while read -r revision; do
    [[ $revision == arn:* ]] || continue
    ask ecs.describe-task-definition "$REGION" "@include+=TAGS@taskDefinition=$(encode "$revision")" \
      ecs describe-task-definition --task-definition "$revision" --include TAGS
  done < <(
    echo "$deployed"
    tasks | cut -f3 | awk '!seen[$0]++' | grep -vxF -- "${deployed:-none}" | head -3
  )
}

# ids COMMAND FILTER IDS...: a describe command by a filter of ids, a few at a time.
ids() {
  local command=$1 filter=$2 batch
  shift 2
  while (($#)); do
    batch=$(printf '%s,' "${@:1:5}")
    batch=${batch%,}
    shift $(($# < 5 ? $# : 5))
    ask "ec2.$command" "$REGION" "@Filters.0.Name=$filter@Filters.0.Values+=$batch" \
      ec2 "$command" --filters "Name=$filter,Values=$batch"
  done
}

of_network() {
  local vpc kind list
  # shellcheck disable=SC2046 # ids have no spaces
  ids describe-subnets subnet-id $({
    all ecs.describe-services@* | entries subnets
    tasks | cut -f8 | grep '^subnet-'
  } | sort -u)
  # shellcheck disable=SC2046
  ids describe-security-groups group-id $(all ecs.describe-services@* | entries securityGroups)
  for vpc in $(all ec2.describe-subnets@*subnet-id* | strings VpcId); do
    for kind in subnets security-groups route-tables network-acls vpc-endpoints vpcs network-interfaces; do
      ask "ec2.describe-$kind" "$REGION" "@Filters.0.Name=vpc-id@Filters.0.Values+=$vpc" \
        ec2 "describe-$kind" --filters "Name=vpc-id,Values=$vpc"
    done
    ask ec2.describe-nat-gateways "$REGION" "@Filter.0.Name=vpc-id@Filter.0.Values+=$vpc" \
      ec2 describe-nat-gateways --filter "Name=vpc-id,Values=$vpc"
    ask ec2.describe-internet-gateways "$REGION" "@Filters.0.Name=attachment.vpc-id@Filters.0.Values+=$vpc" \
      ec2 describe-internet-gateways --filters "Name=attachment.vpc-id,Values=$vpc"
    for kind in enableDnsSupport enableDnsHostnames; do
      ask ec2.describe-vpc-attribute "$REGION" "@Attribute=$kind@VpcId=$vpc" \
        ec2 describe-vpc-attribute --vpc-id "$vpc" --attribute "$kind"
    done
    for kind in egress-only-internet-gateways dhcp-options prefix-lists vpc-block-public-access-options \
      vpc-block-public-access-exclusions; do
      ask "ec2.describe-$kind" "$REGION" '' ec2 "describe-$kind"
    done
    [[ -s ec2.describe-prefix-lists@$REGION.json ]] || continue
    for list in $(all ec2.describe-security-groups@*vpc-id* ec2.describe-route-tables@* |
      grep -oh '"pl-[0-9a-z]*"' | tr -d '"' | sort -u); do
      grep -q "\"$list\"" "ec2.describe-prefix-lists@$REGION.json" && continue
      ask ec2.get-managed-prefix-list-entries "$REGION" "@PrefixListId=$list" \
        ec2 get-managed-prefix-list-entries --prefix-list-id "$list"
    done
    # shellcheck disable=SC2046
    ids describe-vpc-peering-connections vpc-peering-connection-id \
      $(all ec2.describe-route-tables@* | grep -oh '"pcx-[0-9a-z]*"' | tr -d '"' | sort -u)
  done
}

of_load_balancing() {
  local group balancer listener forwarding
  forwarding=$(all elasticloadbalancing.describe-listeners@* | strings TargetGroupArn)
  for group in $(all ecs.describe-services@* | strings targetGroupArn); do
    ask elasticloadbalancing.describe-target-groups "$REGION" "@TargetGroupArns+=$(encode "$group")" \
      elbv2 describe-target-groups --target-group-arns "$group"
    ask elasticloadbalancing.describe-target-health "$REGION" "@TargetGroupArn=$(encode "$group")" \
      elbv2 describe-target-health --target-group-arn "$group"
    load_balancing_tags "$group"
    # Most target groups stand in a default action; rules tell of the others.
    grep -qxF -- "$group" <<<"$forwarding" && continue
    for listener in $(all elasticloadbalancing.describe-listeners@* | strings ListenerArn); do
      ask elasticloadbalancing.describe-rules "$REGION" "@ListenerArn=$(encode "$listener")" \
        elbv2 describe-rules --listener-arn "$listener"
    done
  done
  for balancer in $(all elasticloadbalancing.describe-target-groups@* | entries LoadBalancerArns); do
    ask elasticloadbalancing.describe-load-balancers "$REGION" "@LoadBalancerArns+=$(encode "$balancer")" \
      elbv2 describe-load-balancers --load-balancer-arns "$balancer"
    ask elasticloadbalancing.describe-listeners "$REGION" "@LoadBalancerArn=$(encode "$balancer")" \
      elbv2 describe-listeners --load-balancer-arn "$balancer"
    load_balancing_tags "$balancer"
  done
}

load_balancing_tags() {
  ask elasticloadbalancing.describe-tags "$REGION" "@ResourceArns+=$(encode "$1")" elbv2 describe-tags --resource-arns "$1"
}

of_roles() {
  local role policy version file
  while read -r role; do
    role=${role##*/}
    ask iam.get-role "$REGION" "@RoleName=$(encode "$role")" iam get-role --role-name "$role"
    ask iam.list-attached-role-policies "$REGION" "@RoleName=$(encode "$role")" \
      iam list-attached-role-policies --role-name "$role"
    ask iam.list-role-policies "$REGION" "@RoleName=$(encode "$role")" iam list-role-policies --role-name "$role"
    while read -r policy; do
      ask iam.get-role-policy "$REGION" "@PolicyName=$(encode "$policy")@RoleName=$(encode "$role")" \
        iam get-role-policy --role-name "$role" --policy-name "$policy"
    done < <(all "iam.list-role-policies@$REGION@RoleName=$(encode "$role").json" | entries PolicyNames)
  done < <(all ecs.describe-task-definition@* | strings executionRoleArn taskRoleArn)
  while read -r policy; do
    ask iam.get-policy "$REGION" "@PolicyArn=$(encode "$policy")" iam get-policy --policy-arn "$policy"
    file="iam.get-policy@$REGION@PolicyArn=$(encode "$policy").json"
    version=$(all "$file" | strings DefaultVersionId)
    [[ -z $version ]] || ask iam.get-policy-version "$REGION" "@PolicyArn=$(encode "$policy")@VersionId=$version" \
      iam get-policy-version --policy-arn "$policy" --version-id "$version"
  done < <(all iam.list-attached-role-policies@* iam.get-role@* | strings PolicyArn PermissionsBoundaryArn)
}

of_images() {
  local image account region repository id name part prefix text
  while read -r image; do
    [[ $image =~ ^([0-9]{12})\.dkr[.-]ecr(-fips)?\.([a-z0-9-]+)\.[a-z0-9.-]+(:443)?/(.+)$ ]] || continue
    account=${BASH_REMATCH[1]} region=${BASH_REMATCH[3]} repository=${BASH_REMATCH[5]}
    if [[ $repository == *@* ]]; then
      id="imageDigest=${repository#*@}" repository=${repository%%@*} repository=${repository%%:*}
    elif [[ $repository == *:* ]]; then
      id="imageTag=${repository#*:}" repository=${repository%%:*}
    else
      id='imageTag=latest'
    fi
    part='' other=()
    if [[ $account != "$ACCOUNT" ]]; then
      part="@registryId=$account$(of_account "$account")" other=(--registry-id "$account")
    fi
    name=$(encode "$repository")
    ask ecr.describe-repositories "$region" "$part@repositoryNames+=$name" \
      ecr describe-repositories --repository-names "$repository" "${other[@]}"
    for kind in describe-images batch-get-image; do
      ask "ecr.$kind" "$region" "$part@imageIds.0.${id%%=*}=$(encode "${id#*=}")@repositoryName=$name" \
        ecr "$kind" --repository-name "$repository" --image-ids "$id" "${other[@]}"
    done
    ask ecr.get-repository-policy "$region" "$part@repositoryName=$name" \
      ecr get-repository-policy --repository-name "$repository" "${other[@]}"
    ask ecr.describe-pull-through-cache-rules "$region" "$part" ecr describe-pull-through-cache-rules "${other[@]}"
    [[ $account == "$ACCOUNT" ]] || continue
    text="arn:$PARTITION:ecr:$region:$account:repository/$repository"
    ask ecr.list-tags-for-resource "$region" "@resourceArn=$(encode "$text")" \
      ecr list-tags-for-resource --resource-arn "$text"
    while read -r prefix; do # who may fill a cache
      [[ $prefix == ROOT || $repository == "${prefix%/}"/* ]] || continue
      ask ecr.get-registry-policy "$region" '' ecr get-registry-policy
    done < <(all "ecr.describe-pull-through-cache-rules@$region.json" | strings ecrRepositoryPrefix)
  done < <(all ecs.describe-task-definition@* | strings image)
}

of_secrets() {
  local text region account
  while read -r text; do
    region=$REGION account=$ACCOUNT
    if [[ $text == arn:*:secretsmanager:* ]]; then
      region=$(field "$text" 4) account=$(field "$text" 5)
      secret "$region" "$account" "$(field "$text" 1-7)"
      continue
    fi
    if [[ $text == arn:*:ssm:*:parameter/* ]]; then
      region=$(field "$text" 4) account=$(field "$text" 5) text=${text#*:parameter/}
      [[ $text == */* ]] && text=/$text
    fi
    if [[ $text == /aws/reference/secretsmanager/* ]]; then
      secret "$region" "$account" "${text#/aws/reference/secretsmanager/}"
      continue
    fi
    # Lists the own account only, whatever ARN is meant.
    [[ -n $(of_account "$account") ]] && continue
    ask ssm.describe-parameters "$region" \
      "@ParameterFilters.0.Key=Name@ParameterFilters.0.Option=Equals@ParameterFilters.0.Values+=$(encode "$text")$(of_account "$account")" \
      ssm describe-parameters --parameter-filters "Key=Name,Option=Equals,Values=$text"
  done < <(all ecs.describe-task-definition@* | strings valueFrom credentialsParameter)
}

secret() {
  ask secretsmanager.describe-secret "$1" "@SecretId=$(encode "$3")$(of_account "$2")" \
    secretsmanager describe-secret --secret-id "$3"
  ask secretsmanager.get-resource-policy "$1" "@SecretId=$(encode "$3")$(of_account "$2")" \
    secretsmanager get-resource-policy --secret-id "$3"
}

# A key belongs with what it encrypts: the region and account of the file that names it.
of_keys() {
  local file key region account name
  for file in secretsmanager.describe-secret@*.json ssm.describe-parameters@*.json; do
    region=$(printf '%s' "$file" | cut -d@ -f2) account=''
    [[ $file =~ @_account=([0-9]{12}) ]] && account=${BASH_REMATCH[1]}
    while read -r key; do
      [[ $key == alias/aws/* || $key == *:alias/aws/* ]] && continue
      name=$(encode "$key")
      ask kms.describe-key "$region" "@KeyId=$name$(of_account "$account")" kms describe-key --key-id "$key"
      if [[ $key == alias/* || $key == *:alias/* ]]; then
        key=$(all "kms.describe-key@$region@KeyId=$name$(of_account "$account").json" | strings Arn)
        name=$(encode "$key")
      fi
      [[ -n $key ]] || continue
      ask kms.get-key-policy "$region" "@KeyId=$name@PolicyName=default$(of_account "$account")" \
        kms get-key-policy --key-id "$key" --policy-name default
      ask kms.list-grants "$region" "@KeyId=$name$(of_account "$account")" kms list-grants --key-id "$key"
      ask kms.list-resource-tags "$region" "@KeyId=$name$(of_account "$account")" kms list-resource-tags --key-id "$key"
    done < <(all "$file" | strings KmsKeyId KeyId)
  done
}

of_logs() {
  local file revision container group region prefix stream from from_head id
  for file in ecs.describe-task-definition@*.json; do
    revision=$(all "$file" | strings taskDefinitionArn)
    while IFS=$'\t' read -r container group region prefix; do
      [[ $region == - ]] && region=$REGION
      ask logs.describe-log-groups "$region" "@logGroupNamePrefix=$(encode "$group")" \
        logs describe-log-groups --log-group-name-prefix "$group"
      [[ $prefix == - ]] && continue
      # The last lines of the three tasks that failed last, and, where tasks have failed, the first ones of two that run:
      # how long a start takes.
      while read -r from_head id; do
        stream="$prefix/$container/${id##*/}" from=--start-from-head
        [[ $from_head == true ]] || from=--no-start-from-head
        ask logs.get-log-events "$region" \
          "@limit=+50@logGroupName=$(encode "$group")@logStreamName=$(encode "$stream")@startFromHead=+$from_head" \
          logs get-log-events --log-group-name "$group" --log-stream-name "$stream" --limit 50 "$from"
      done < <(
        failed | awk -F '\t' -v revision="$revision" '$3 == revision {print $6 "\t" $2}' | sort -r | head -3 |
          awk -F '\t' '{print "false", $2}'
        [[ -z $(failed) ]] || tasks | awk -F '\t' -v revision="$revision" '$3 == revision && $4 == "RUNNING" &&
          $9 != "-" {print $9 "\t" $2}' | sort -r | head -2 | awk -F '\t' '{print "true", $2}'
      )
    done < <(all "$file" | log_options)
  done
}

of_memory() {
  local service cluster now start
  now=$(date +%s)
  start=$(date -u -d "@$((now - 7200))" +%Y-%m-%dT%H:%M:%SZ 2>/dev/null || date -u -r $((now - 7200)) +%Y-%m-%dT%H:%M:%SZ)
  cluster=$(encode "$CLUSTER")
  while read -r service; do
    ask cloudwatch.get-metric-statistics "$REGION" "@Dimensions.0.Name=ClusterName@Dimensions.0.Value=$cluster@Dimensions.1.Name=ServiceName@Dimensions.1.Value=$(encode "$service")@MetricName=MemoryUtilization" \
      cloudwatch get-metric-statistics --namespace AWS/ECS --metric-name MemoryUtilization --period 60 \
      --statistics Maximum --start-time "$start" --end-time "$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
      --dimensions "Name=ClusterName,Value=$CLUSTER" "Name=ServiceName,Value=$service"
  done < <(killed)
}

of_storage() {
  local object bucket key system point target kind
  while read -r object; do
    [[ $object =~ ^arn:[a-z-]+:s3:::([^/]+)/(.+)$ ]] || continue
    bucket=${BASH_REMATCH[1]} key=${BASH_REMATCH[2]}
    ask s3.list-objects-v2 "$REGION" "@Bucket=$(encode "$bucket")@MaxKeys=+1@Prefix=$(encode "$key")" \
      s3api list-objects-v2 --bucket "$bucket" --prefix "$key" --max-keys 1 --no-paginate
    ask s3.get-bucket-policy "$REGION" "@Bucket=$(encode "$bucket")" s3api get-bucket-policy --bucket "$bucket"
  done < <(
    all ecs.describe-task-definition@* | block environmentFiles | strings value
    all ecs.describe-task-definition@* | strings config-file-value
  )
  for system in $(all ecs.describe-task-definition@* | strings fileSystemId); do
    for kind in file-systems mount-targets file-system-policy; do
      ask "elasticfilesystem.describe-$kind" "$REGION" "@FileSystemId=$(encode "$system")" \
        efs "describe-$kind" --file-system-id "$system"
    done
  done
  for point in $(all ecs.describe-task-definition@* | strings accessPointId); do
    ask elasticfilesystem.describe-access-points "$REGION" "@AccessPointId=$(encode "$point")" \
      efs describe-access-points --access-point-id "$point"
  done
  for target in $(all elasticfilesystem.describe-mount-targets@* | strings MountTargetId); do
    ask elasticfilesystem.describe-mount-target-security-groups "$REGION" "@MountTargetId=$target" \
      efs describe-mount-target-security-groups --mount-target-id "$target"
  done
}

printf '{"taken_at": "%s", "account": "%s", "region": "%s", "targets": %s}\n' \
  "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$ACCOUNT" "$REGION" "$TARGETS" >ecswhy-meta.json

# What an answer names is asked for in the next round, until nothing new is named.
before=-1
files=(*.json)
while ((before != ${#files[@]})); do
  before=${#files[@]}
  of_targets
  of_revisions
  of_network
  of_load_balancing
  of_roles
  of_images
  of_secrets
  of_keys
  of_logs
  of_memory
  of_storage
  wait
  files=(*.json)
  echo "${#files[@]} requests so far" >&2
done
echo "done; diagnose with: ecswhy diagnose --from $(pwd)" >&2
