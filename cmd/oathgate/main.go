// Command oathgate runs Ory Oathkeeper's configuration in Envoy.
package main

import (
	"os"

	"github.com/spf13/cobra"
)

func main() {
	if err := command().Execute(); err != nil {
		os.Exit(1)
	}
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "oathgate",
		Short:         "An identity and access proxy inside Envoy, with Ory Oathkeeper's access rules",
		SilenceUsage:  true,
		SilenceErrors: false,
	}
	root.AddCommand(
		runCommand(), validateCommand(), explainCommand(), rulesCommand(), healthCommand(), credentialsCommand(), versionCommand(),
	)
	return root
}
