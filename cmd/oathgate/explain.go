package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"oathgate/internal/explain"
	"oathgate/internal/policy"
	"oathgate/internal/source"
)

func explainCommand(files *[]string) *cobra.Command {
	var asked explain.Request
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain -c FILE… --url URL",
		Short: "Say which rule is for a request and what its handlers would do",
		Long: `Reads the configuration as run does and says what would become of a request: which
rule is for it, or where those that are near it differ; what each handler of the rule
would do, or whom it would ask; and which error handler answers which refusal. It is
the filter's own program that says so.

Nothing goes over the network but what fetches rules (access_rules.repositories), so
what a service would answer is left open. The request comes from no address:
conditions on addresses (cidr) do not hold. Of headers, bodies and queries no value is
told.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			p, problems := policy.Load(source.Options{Files: *files, Environ: os.Environ()})
			for _, problem := range problems {
				fmt.Fprintln(cmd.ErrOrStderr(), problem)
			}
			if len(problems) > 0 {
				return silently(cmd)
			}
			e, err := explain.Explain(p, asked)
			if err != nil {
				return err
			}
			if asJSON {
				return e.PrintJSON(cmd.OutOrStdout())
			}
			e.Print(cmd.OutOrStdout())
			return nil
		},
	}
	flags := c.Flags()
	flags.StringVar(&asked.Method, "method", "GET", "the request's method")
	flags.StringVar(&asked.URL, "url", "", "the request's URL, as https://example.com/path?query")
	flags.StringArrayVar(&asked.Headers, "header", nil, "a header of the request, as 'Name: value'; may be given more than once")
	flags.BoolVar(&asJSON, "json", false, "print JSON")
	if err := c.MarkFlagRequired("url"); err != nil {
		panic(err)
	}
	return c
}
