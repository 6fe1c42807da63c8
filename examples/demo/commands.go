package main

import (
	"fmt"
	"io"
)

// commands are what to try, each with the status and the body that it gets; "..." stands for the id that Envoy gives
// the request.
var commands = []struct {
	why, command string
	status       int
	body         string
}{
	{
		"Everybody may read what is public.",
		"curl -i http://127.0.0.1:8080/public/hello",
		200, `{"method":"GET","path":"/public/hello","headers":{}}`,
	},
	{
		"An item needs an access token ...",
		"curl -i http://127.0.0.1:8080/items/books/42",
		401, `{"error":{"code":401,"status":"Unauthorized","request":"...","message":"The request could not be authorized"}}`,
	},
	{
		"... that the identity server knows and that has the scope. The upstream learns whose it is and which item.",
		"curl -i -H 'Authorization: Bearer read-token' http://127.0.0.1:8080/items/books/42",
		200, `{"method":"GET","path":"/v1/books/42","headers":{"X-Item":"42","X-User":"alice"}}`,
	},
	{
		"A browser's session cookie, asked for at the identity server.",
		"curl -i -b ory_kratos_session=alices-session http://127.0.0.1:8080/me",
		200, `{"method":"GET","path":"/me","headers":{"X-User":"alice","X-User-Email":"alice@example.org"}}`,
	},
	{
		"What a rule denies is denied.",
		"curl -i http://127.0.0.1:8080/internal/metrics",
		403, `{"error":{"code":403,"status":"Forbidden","request":"...","message":"The requested action was forbidden"}}`,
	},
}

// printCommands prints for each command a line that says why, a line "  curl ..." and a line "  -> status body".
// The end-to-end tests read these lines and run the commands.
func printCommands(w io.Writer) {
	fmt.Fprintln(w, "The rules stand in envoy.yaml. Try, from another terminal:")
	for _, c := range commands {
		fmt.Fprintf(w, "\n# %s\n  %s\n  -> %d %s\n", c.why, c.command, c.status, c.body)
	}
	fmt.Fprintln(w, "\nA path that no rule names is a 404. Ctrl-C ends everything.")
}
