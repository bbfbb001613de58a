//! The client: the official SDK's orchestrator (credentials, SigV4, standard retry,
//! clock-skew correction, timeouts) around one call of the table. It knows nothing
//! of what the answers mean.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use aws_config::SdkConfig;
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::invocation_id::InvocationIdInterceptor;
use aws_runtime::recursion_detection::RecursionDetectionInterceptor;
use aws_runtime::request_info::RequestInfoInterceptor;
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_smithy_runtime::client::defaults::default_http_client_plugin_v2;
use aws_smithy_runtime::client::identity::IdentityCache;
use aws_smithy_runtime::client::orchestrator::operation::Operation as Orchestrated;
use aws_smithy_runtime::client::retries::classifiers::{
    HttpStatusCodeClassifier, TransientErrorClassifier,
};
use aws_smithy_runtime_api::client::auth::AuthSchemeOptionResolverParams;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::interceptors::SharedInterceptor;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::{RuntimePlugin as _, StaticRuntimePlugin};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use aws_types::service_config::ServiceConfigKey;
use serde_json::Value;
use tokio::sync::Semaphore;

use crate::answer;
use crate::attempts;
use crate::credentials;
use crate::endpoints::{self, Endpoint, Variant};
use crate::error::{CallError, Fault, classify};
use crate::guard::{AttemptCounter, BodyLimit};
use crate::model::Protocol;
use crate::observe::{CallRecord, Observer};
use crate::operations::{Need, Operation};
use crate::request::{self, Wire};
use crate::settings::Settings;

/// Names the tool in CloudTrail.
const USER_AGENT: &str = concat!("ecswhy/", env!("CARGO_PKG_VERSION"));

/// Makes the calls of the table. Cheap to clone; clones share connections,
/// credentials and the log.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    config: SdkConfig,
    settings: Settings,
    http: Option<SharedHttpClient>,
    identities: SharedIdentityCache,
    clock_skew: SharedInterceptor,
    permits: Semaphore,
    observer: Option<Box<dyn Observer>>,
    log: Mutex<Vec<CallRecord>>,
}

impl Client {
    /// Loads the standard configuration chain. Makes no call to AWS, except that
    /// the region may be asked from the instance metadata service when nothing
    /// else names one.
    pub async fn connect(settings: Settings, observer: Option<Box<dyn Observer>>) -> Self {
        let http = default_http_client();
        let attempts = attempts::configured(settings.profile.as_deref()).await;
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .retry_config(RetryConfig::standard().with_max_attempts(attempts));
        if let Some(profile) = &settings.profile {
            let region = settings.region.clone().map(Region::new);
            let provider = credentials::of_profile(profile, region, http.clone()).await;
            loader = loader.profile_name(profile).credentials_provider(provider);
        }
        if let Some(region) = &settings.region {
            loader = loader.region(Region::new(region.clone()));
        }
        if let Some(url) = settings.endpoint_url.as_ref().filter(|url| !url.is_empty()) {
            loader = loader.endpoint_url(url);
        }
        if let Some(http) = &http {
            loader = loader.http_client(http.clone());
        }
        let config = loader.load().await;
        Self::from_config(config, settings, observer)
    }

    /// Uses a configuration from outside (another account's role, a test).
    #[must_use]
    pub fn from_config(
        config: SdkConfig,
        settings: Settings,
        observer: Option<Box<dyn Observer>>,
    ) -> Self {
        let http = config.http_client().or_else(default_http_client);
        let identities = config.identity_cache().unwrap_or_else(|| IdentityCache::lazy().build());
        let permits = Semaphore::new(settings.concurrency.max(1));
        Self {
            inner: Arc::new(Inner {
                http,
                identities,
                clock_skew: SharedInterceptor::permanent(ServiceClockSkewInterceptor::new()),
                permits,
                observer,
                log: Mutex::default(),
                config,
                settings,
            }),
        }
    }

    /// The region that calls go to when they name none.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.inner.config.region().map(AsRef::as_ref)
    }

    /// The settings that the client was made with.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Every finished request so far, in the order of their ends.
    #[must_use]
    pub fn log(&self) -> Vec<CallRecord> {
        let log = self.inner.log.lock();
        log.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// One request: `params` and the answer are in the AWS CLI's JSON shape. The
    /// answer is one page; see [`Client::call_all`].
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call(
        &self,
        operation: &'static Operation,
        region: Option<&str>,
        params: Value,
    ) -> Result<Value, CallError> {
        let region = region.or_else(|| self.region()).unwrap_or_default();
        // The semaphore is never closed.
        let _permit = self.inner.permits.acquire().await.ok();
        if let Some(observer) = &self.inner.observer {
            observer.started(operation, region);
        }
        let start = Instant::now();
        let attempts = Arc::new(AtomicU32::new(0));
        let result = self.send(operation, region, &params, &attempts).await;
        let record = CallRecord {
            operation,
            region: region.to_owned(),
            attempts: attempts.load(Ordering::Relaxed),
            error: result.as_ref().err().cloned(),
            duration: start.elapsed(),
        };
        if let Some(observer) = &self.inner.observer {
            observer.finished(&record);
        }
        let log = self.inner.log.lock();
        log.unwrap_or_else(PoisonError::into_inner).push(record);
        result
    }

    async fn send(
        &self,
        operation: &'static Operation,
        region: &str,
        params: &Value,
        attempts: &Arc<AtomicU32>,
    ) -> Result<Value, CallError> {
        let endpoint = self.endpoint(operation, region)?;
        let wire = request::wire(operation, params).map_err(|reason| CallError::NotSent {
            message: format!("{}: {reason}", operation.cli()),
        })?;
        if self.inner.config.credentials_provider().is_none() {
            let message = credentials::none(self.profile().as_deref()).await;
            return Err(CallError::Credentials { message });
        }
        let orchestrated = self.orchestrated(operation, &endpoint, attempts);
        let mut outcome = orchestrated.invoke(wire.clone()).await;
        // A bucket answers in its own region only, and tells which that is.
        let home = outcome.as_ref().err().and_then(|error| elsewhere(error, region));
        if let Some(home) = home {
            let endpoint = self.endpoint(operation, &home)?;
            let orchestrated = self.orchestrated(operation, &endpoint, attempts);
            outcome = orchestrated.invoke(wire).await;
        }
        match outcome {
            Ok(answer) => Ok(answer),
            Err(error) => Err(match credentials::cause(&error) {
                Some(cause) if error.as_service_error().is_none() => CallError::Credentials {
                    message: credentials::explain(cause, self.profile().as_deref()).await,
                },
                _ => explain(operation, &endpoint, &error),
            }),
        }
    }

    /// The profile that was asked for, by the caller or by `AWS_PROFILE`.
    fn profile(&self) -> Option<String> {
        let given = self.inner.settings.profile.clone();
        let of_environment = || std::env::var("AWS_PROFILE").ok();
        given.or_else(of_environment).filter(|name| !name.is_empty())
    }

    fn endpoint(&self, operation: &Operation, region: &str) -> Result<Endpoint, CallError> {
        let not_sent = |message| Err(CallError::NotSent { message });
        if region.is_empty() {
            return not_sent(
                "no region is set; give --region, or set AWS_REGION or a profile's region".into(),
            );
        }
        if !endpoints::is_region(region) {
            return not_sent(format!("{region:?} is not a region"));
        }
        let config = &self.inner.config;
        let variant = Variant {
            fips: config.use_fips().unwrap_or(false),
            dual_stack: config.use_dual_stack().unwrap_or(false),
        };
        let found = endpoints::resolve(operation.service.key, region, variant);
        match (self.custom_url(operation), found) {
            (Some(url), _) if !endpoints::is_url(&url) => not_sent(format!(
                "the endpoint {url:?} is no address: write http://HOST:PORT or https://HOST"
            )),
            (Some(url), found) => Ok(Endpoint {
                url,
                signing_region: found.map_or_else(|| region.to_owned(), |e| e.signing_region),
            }),
            (None, Some(found)) => Ok(found),
            (None, None) => not_sent(format!(
                "AWS has no such endpoint of {} in {region} (FIPS: {}, dual-stack: {})",
                operation.service.name, variant.fips, variant.dual_stack
            )),
        }
    }

    /// The user's endpoint: `--endpoint-url`, then `AWS_ENDPOINT_URL_<SERVICE>` or
    /// the profile's services section, then `AWS_ENDPOINT_URL` or the profile's
    /// `endpoint_url` ("Service-specific endpoints", SDK reference guide).
    fn custom_url(&self, operation: &Operation) -> Option<String> {
        let config = &self.inner.config;
        // An empty variable sets nothing.
        let filled = |url: &String| !url.is_empty();
        let general = config.endpoint_url().map(str::to_owned).filter(filled);
        if self.inner.settings.endpoint_url.as_ref().is_some_and(filled) {
            return general;
        }
        let id = &operation.service.model().service_id;
        let key = ServiceConfigKey::builder()
            .service_id(id)
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        let own = config.service_config().and_then(|s| s.load_config(key));
        own.filter(filled).or(general)
    }

    fn orchestrated(
        &self,
        operation: &'static Operation,
        endpoint: &Endpoint,
        attempts: &Arc<AtomicU32>,
    ) -> Orchestrated<Wire, Value, Fault> {
        let inner = &self.inner;
        let settings = &inner.settings;
        let mut timeouts = TimeoutConfig::builder().connect_timeout(settings.connect_timeout);
        let mut retry = RetryConfig::standard();
        match operation.need {
            Need::Required => {
                timeouts = timeouts
                    .operation_attempt_timeout(settings.attempt_timeout)
                    .operation_timeout(settings.call_timeout);
                let configured = inner.config.retry_config().map(RetryConfig::max_attempts);
                let max = settings.max_attempts.or(configured).unwrap_or(3);
                retry = retry.with_max_attempts(max.max(1));
            }
            Need::Optional => {
                timeouts = timeouts.operation_timeout(settings.optional_timeout);
                retry = retry.with_max_attempts(1);
            }
        }
        let service_id = operation.service.model().service_id.as_str();
        let mut builder = Orchestrated::builder()
            .service_name(service_id)
            .operation_name(operation.name)
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(&endpoint.url)
            .standard_retry(&retry)
            .timeout_config(timeouts.build())
            .retry_classifier(TransientErrorClassifier::<Fault>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<Fault>::new())
            .retry_classifier(ServiceClockSkewClassifier::<Fault>::new())
            .with_connection_poisoning()
            .interceptor(InvocationIdInterceptor::new())
            .interceptor(RequestInfoInterceptor::new())
            .interceptor(RecursionDetectionInterceptor::new())
            .interceptor(BodyLimit(settings.max_response_bytes))
            .interceptor(AttemptCounter(attempts.clone()))
            .runtime_plugin(self.signing(operation, endpoint));
        if let Some(http) = &inner.http {
            builder = builder.http_client(http.clone());
        }
        builder
            .serializer(|wire: Wire| to_http(wire))
            .deserializer(move |response: &HttpResponse| {
                read_response(operation, response).map_err(OrchestratorError::operation)
            })
            .build()
    }

    fn signing(&self, operation: &Operation, endpoint: &Endpoint) -> StaticRuntimePlugin {
        let service = operation.service.model();
        let mut options = SigningOptions::default();
        // Amazon S3 signs paths as they are and wants the body's hash in a header
        // ("Create a signed AWS API request").
        if service.protocol == Protocol::RestXml {
            options.double_uri_encode = false;
            options.normalize_uri_path = false;
            options.content_sha256_header = true;
        }
        let mut layer = Layer::new("signing");
        layer.store_put(AuthSchemeOptionResolverParams::new(()));
        layer.store_put(SigV4OperationSigningConfig {
            region: Some(SigningRegion::from(Region::new(endpoint.signing_region.clone()))),
            region_set: None,
            name: Some(SigningName::from(service.signing_name.clone())),
            signing_options: options,
        });
        let config = &self.inner.config;
        let mut components = RuntimeComponentsBuilder::new("signing");
        components
            .push_auth_scheme(SigV4AuthScheme::new())
            .set_auth_scheme_option_resolver(Some(StaticAuthSchemeOptionResolver::new(vec![
                SCHEME_ID,
            ])))
            .set_identity_cache(Some(self.inner.identities.clone()))
            .push_interceptor(self.inner.clock_skew.clone());
        if let Some(credentials) = config.credentials_provider() {
            components.set_identity_resolver(SCHEME_ID, credentials);
        }
        if let Some(clock) = config.time_source() {
            components.set_time_source(Some(clock));
        }
        StaticRuntimePlugin::new().with_config(layer.freeze()).with_runtime_components(components)
    }
}

/// One HTTP client for all calls: its connections are shared, and the proxy
/// settings of the environment hold.
fn default_http_client() -> Option<SharedHttpClient> {
    let plugin = default_http_client_plugin_v2(BehaviorVersion::latest())?;
    let none = RuntimeComponentsBuilder::new("none");
    plugin.runtime_components(&none).http_client()
}

fn to_http(wire: Wire) -> Result<HttpRequest, Box<dyn std::error::Error + Send + Sync + 'static>> {
    let length = wire.body.len();
    let mut request = HttpRequest::new(SdkBody::from(wire.body));
    request.set_method(&wire.method)?;
    request.set_uri(wire.uri)?;
    for (name, value) in wire.headers {
        request.headers_mut().try_insert(name, value)?;
    }
    if wire.method != "GET" {
        request.headers_mut().try_insert("content-length", length.to_string())?;
    }
    request.headers_mut().try_insert("user-agent", USER_AGENT)?;
    Ok(request)
}

fn read_response(operation: &Operation, response: &HttpResponse) -> Result<Value, Fault> {
    let status = response.status().as_u16();
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return answer::read(operation, body).map_err(|message| Fault {
            meta: Box::new(ErrorMetadata::builder().message(message).build()),
            status,
            bucket_region: None,
        });
    }
    let header = response.headers().get("x-amzn-errortype");
    let error = answer::read_error(header, body);
    let mut meta = ErrorMetadata::builder().message(error.message);
    if let Some(code) = error.code {
        meta = meta.code(code);
    } else if status == 429 {
        // So that the SDK's classifier waits as for any throttle.
        meta = meta.code("TooManyRequestsException");
    }
    let bucket_region = response.headers().get("x-amz-bucket-region").map(str::to_owned);
    Err(Fault { meta: Box::new(meta.build()), status, bucket_region })
}

/// The region that Amazon S3 names in an error, if it is another one.
fn elsewhere(error: &SdkError<Fault, HttpResponse>, region: &str) -> Option<String> {
    let home = error.as_service_error()?.bucket_region.clone()?;
    (home != region).then_some(home)
}

fn explain(
    operation: &Operation,
    endpoint: &Endpoint,
    error: &SdkError<Fault, HttpResponse>,
) -> CallError {
    if let Some(fault) = error.as_service_error() {
        return classify(operation, fault);
    }
    let host = &endpoint.url;
    match error {
        SdkError::TimeoutError(_) => {
            CallError::Timeout { message: format!("{} at {host}", operation.cli()) }
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            CallError::Timeout { message: format!("connecting to {host}") }
        }
        SdkError::DispatchFailure(_) => {
            CallError::Unreachable { message: format!("{host}: {}", innermost(error)) }
        }
        SdkError::ResponseError(_) => CallError::Nonsense { message: innermost(error) },
        _ => CallError::NotSent {
            message: format!("{}: {}", operation.cli(), DisplayErrorContext(error)),
        },
    }
}

/// The last cause in a chain says what happened; the ones before say where.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut current = error;
    while let Some(cause) = current.source() {
        current = cause;
    }
    current.to_string()
}
