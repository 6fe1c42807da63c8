package source

import "strings"

// keys are those of Oathkeeper's configuration schema (spec/config.schema.json) that hold a value. After each stands
// what it is: string, int, number, bool, list (of strings) or json (anything else).
var keys = strings.Fields(`
	serve.proxy.trust_forwarded_headers bool
	serve.prometheus.port int
	serve.prometheus.host string
	serve.prometheus.metrics_path string
	serve.prometheus.metric_name_prefix string
	serve.prometheus.hide_request_paths bool
	serve.prometheus.collapse_request_paths bool

	access_rules.repositories list
	access_rules.matching_strategy string

	authenticators.anonymous.config.subject string
	authenticators.cookie_session.config.check_session_url string
	authenticators.cookie_session.config.only list
	authenticators.cookie_session.config.preserve_query bool
	authenticators.cookie_session.config.preserve_path bool
	authenticators.cookie_session.config.preserve_host bool
	authenticators.cookie_session.config.force_method string
	authenticators.cookie_session.config.forward_http_headers list
	authenticators.cookie_session.config.additional_headers json
	authenticators.cookie_session.config.extra_from string
	authenticators.cookie_session.config.subject_from string
	authenticators.bearer_token.config.check_session_url string
	authenticators.bearer_token.config.token_from.header string
	authenticators.bearer_token.config.token_from.query_parameter string
	authenticators.bearer_token.config.token_from.cookie string
	authenticators.bearer_token.config.prefix string
	authenticators.bearer_token.config.preserve_query bool
	authenticators.bearer_token.config.preserve_path bool
	authenticators.bearer_token.config.preserve_host bool
	authenticators.bearer_token.config.force_method string
	authenticators.bearer_token.config.forward_http_headers list
	authenticators.bearer_token.config.additional_headers json
	authenticators.bearer_token.config.extra_from string
	authenticators.bearer_token.config.subject_from string
	authenticators.jwt.config.required_scope list
	authenticators.jwt.config.target_audience list
	authenticators.jwt.config.trusted_issuers list
	authenticators.jwt.config.allowed_algorithms list
	authenticators.jwt.config.jwks_urls list
	authenticators.jwt.config.jwks_max_wait string
	authenticators.jwt.config.jwks_ttl string
	authenticators.jwt.config.scope_strategy string
	authenticators.jwt.config.token_from.header string
	authenticators.jwt.config.token_from.query_parameter string
	authenticators.jwt.config.token_from.cookie string
	authenticators.oauth2_client_credentials.config.token_url string
	authenticators.oauth2_client_credentials.config.required_scope list
	authenticators.oauth2_client_credentials.config.retry.give_up_after string
	authenticators.oauth2_client_credentials.config.retry.max_delay string
	authenticators.oauth2_client_credentials.config.cache.enabled bool
	authenticators.oauth2_client_credentials.config.cache.ttl string
	authenticators.oauth2_client_credentials.config.cache.max_tokens int
	authenticators.oauth2_introspection.config.introspection_url string
	authenticators.oauth2_introspection.config.scope_strategy string
	authenticators.oauth2_introspection.config.pre_authorization.enabled bool
	authenticators.oauth2_introspection.config.pre_authorization.client_id string
	authenticators.oauth2_introspection.config.pre_authorization.client_secret string
	authenticators.oauth2_introspection.config.pre_authorization.token_url string
	authenticators.oauth2_introspection.config.pre_authorization.audience string
	authenticators.oauth2_introspection.config.pre_authorization.scope list
	authenticators.oauth2_introspection.config.required_scope list
	authenticators.oauth2_introspection.config.target_audience list
	authenticators.oauth2_introspection.config.trusted_issuers list
	authenticators.oauth2_introspection.config.prefix string
	authenticators.oauth2_introspection.config.preserve_host bool
	authenticators.oauth2_introspection.config.introspection_request_headers json
	authenticators.oauth2_introspection.config.token_from.header string
	authenticators.oauth2_introspection.config.token_from.query_parameter string
	authenticators.oauth2_introspection.config.token_from.cookie string
	authenticators.oauth2_introspection.config.retry.give_up_after string
	authenticators.oauth2_introspection.config.retry.max_delay string
	authenticators.oauth2_introspection.config.cache.enabled bool
	authenticators.oauth2_introspection.config.cache.ttl string
	authenticators.oauth2_introspection.config.cache.max_cost int

	authorizers.keto_engine_acp_ory.config.base_url string
	authorizers.keto_engine_acp_ory.config.required_action string
	authorizers.keto_engine_acp_ory.config.required_resource string
	authorizers.keto_engine_acp_ory.config.subject string
	authorizers.keto_engine_acp_ory.config.flavor string
	authorizers.remote.config.remote string
	authorizers.remote.config.headers json
	authorizers.remote.config.forward_response_headers_to_upstream list
	authorizers.remote.config.retry.give_up_after string
	authorizers.remote.config.retry.max_delay string
	authorizers.remote_json.config.remote string
	authorizers.remote_json.config.headers json
	authorizers.remote_json.config.payload string
	authorizers.remote_json.config.forward_response_headers_to_upstream list
	authorizers.remote_json.config.retry.give_up_after string
	authorizers.remote_json.config.retry.max_delay string

	mutators.cookie.config.cookies json
	mutators.header.config.headers json
	mutators.hydrator.config.api.url string
	mutators.hydrator.config.api.auth.basic.username string
	mutators.hydrator.config.api.auth.basic.password string
	mutators.hydrator.config.api.retry.give_up_after string
	mutators.hydrator.config.api.retry.max_delay string
	mutators.hydrator.config.cache.enabled bool
	mutators.hydrator.config.cache.ttl string
	mutators.id_token.config.claims string
	mutators.id_token.config.issuer_url string
	mutators.id_token.config.jwks_url string
	mutators.id_token.config.ttl string

	errors.fallback list
	errors.handlers.json.config.verbose bool
	errors.handlers.json.config.when json
	errors.handlers.redirect.config.to string
	errors.handlers.redirect.config.code int
	errors.handlers.redirect.config.return_to_query_param string
	errors.handlers.redirect.config.when json
	errors.handlers.www_authenticate.config.realm string
	errors.handlers.www_authenticate.config.when json

	log.level string
	log.format string
	log.leak_sensitive_values bool
	log.redaction_text string
	log.additional_redacted_headers list
	tracing.provider string
	tracing.service_name string
	tracing.deployment_environment string
	tracing.providers.jaeger.local_agent_address string
	tracing.providers.jaeger.sampling.server_url string
	tracing.providers.jaeger.sampling.trace_id_ratio number
	tracing.providers.zipkin.server_url string
	tracing.providers.zipkin.sampling.sampling_ratio number
	tracing.providers.otlp.server_url string
	tracing.providers.otlp.insecure bool
	tracing.providers.otlp.sampling.sampling_ratio number
	tracing.providers.otlp.authorization_header string
	profiling string
	version string
`)

// serverKeys are those of both serve.proxy and serve.api.
var serverKeys = strings.Fields(`
	port int
	host string
	timeout.read string
	timeout.write string
	timeout.idle string
	cors.enabled bool
	cors.allowed_origins list
	cors.allowed_methods list
	cors.allowed_headers list
	cors.exposed_headers list
	cors.allow_credentials bool
	cors.max_age int
	cors.debug bool
	tls.key.path string
	tls.key.base64 string
	tls.cert.path string
	tls.cert.base64 string
`)

// handlers all have the key enabled.
var handlers = strings.Fields(`
	authenticators.anonymous authenticators.bearer_token authenticators.cookie_session authenticators.jwt
	authenticators.noop authenticators.oauth2_client_credentials authenticators.oauth2_introspection
	authenticators.unauthorized
	authorizers.allow authorizers.deny authorizers.keto_engine_acp_ory authorizers.remote authorizers.remote_json
	mutators.cookie mutators.header mutators.hydrator mutators.id_token mutators.noop
	errors.handlers.json errors.handlers.redirect errors.handlers.www_authenticate
`)

// variable is the key that an environment variable sets.
type variable struct{ path, kind string }

// variables are the keys by the names of their variables, those of whole objects included.
func variables() map[string]variable {
	all := map[string]variable{}
	add := func(path, kind string) {
		all[strings.ToUpper(strings.ReplaceAll(path, ".", "_"))] = variable{path, kind}
		for i := range path {
			if path[i] == '.' {
				all[strings.ToUpper(strings.ReplaceAll(path[:i], ".", "_"))] = variable{path[:i], "object"}
			}
		}
	}
	for i := 0; i < len(keys); i += 2 {
		add(keys[i], keys[i+1])
	}
	for i := 0; i < len(serverKeys); i += 2 {
		add("serve.proxy."+serverKeys[i], serverKeys[i+1])
		add("serve.api."+serverKeys[i], serverKeys[i+1])
	}
	for _, handler := range handlers {
		add(handler+".enabled", "bool")
	}
	return all
}
