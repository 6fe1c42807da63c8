package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"oathgate/internal/credentials"
)

func credentialsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "credentials",
		Short: "Make keys for signing, as JSON Web Keys",
		Args:  cobra.NoArgs,
		RunE:  help,
	}
	var algorithm, id string
	var bits int
	generate := &cobra.Command{
		Use:   "generate --alg ALGORITHM",
		Short: "Print a new private key in a JSON Web Key Set",
		Example: `  oathgate credentials generate --alg ES256 > jwks.json
  oathgate credentials generate --alg RS256 --bits 4096 > jwks.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			set, err := credentials.Generate(id, algorithm, bits)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", set)
			return err
		},
	}
	flags := generate.Flags()
	flags.StringVar(&algorithm, "alg", "", "what the key is for: "+strings.Join(credentials.Algorithms, ", "))
	flags.StringVar(&id, "kid", "", "the key's id; one is made up if there is none")
	flags.IntVar(&bits, "bits", 0, "the key's length; 0 for a good one")
	if err := generate.MarkFlagRequired("alg"); err != nil {
		panic(err)
	}
	c.AddCommand(generate)
	return c
}
