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
	var files []string
	root.PersistentFlags().StringSliceVarP(&files, "config", "c", nil, "a configuration file of Oathkeeper's; may be given more than once")
	root.AddCommand(
		runCommand(&files), validateCommand(&files), explainCommand(&files),
		renderCommand(&files), rulesCommand(), healthCommand(), credentialsCommand(), versionCommand(),
	)
	return root
}
