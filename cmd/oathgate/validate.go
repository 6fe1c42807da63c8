package main

import (
	"errors"
	"os"

	"github.com/spf13/cobra"

	"oathgate/internal/source"
	"oathgate/internal/validate"
)

// silently ends a command with 1 whose output says why.
func silently(cmd *cobra.Command) error {
	cmd.SilenceErrors = true
	return errors.New("see the output")
}

func validateCommand(files *[]string) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "validate -c FILE…",
		Short: "Say everything that is wrong with a configuration, and which rules overlap",
		Long: `Reads the configuration as run does and prints a line for each mistake, with file,
line and column. If there is none, it looks for pairs of rules that are for one
request, which is answered with 500, and prints an example of such a request. Each
has been tried with the filter's own program. Of rules that share only some URLs
not all pairs are found: not those that only a backreference could tell, and not
those for which there was no time, which it says. Rules that no request can match are
named too. Nothing goes over the network but what fetches rules
(access_rules.repositories).

Ends with 1 if there is anything to mend.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report := validate.Run(source.Options{Files: *files, Environ: os.Environ()})
			if asJSON {
				if err := report.PrintJSON(cmd.OutOrStdout()); err != nil {
					return err
				}
			} else {
				report.Print(cmd.OutOrStdout())
			}
			if !report.OK() {
				return silently(cmd)
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}
