-- Address overrides and corrections need a scope of their own. Keys made before keep what they could do: `write` allowed
-- overrides in requests, `operator` corrections.
update api_keys set scopes = array_append(scopes, 'addresses')
where scopes && array['write', 'operator'] and not scopes @> array['addresses'];
