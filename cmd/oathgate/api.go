package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"

	"oathgate/internal/apiclient"
)

func rulesCommand() *cobra.Command {
	var endpoint string
	c := &cobra.Command{
		Use:   "rules",
		Short: "Show the rules that a running Oathgate has",
		Args:  cobra.NoArgs,
		RunE:  help,
	}
	endpointFlag(c, &endpoint)

	var limit, page int
	list := &cobra.Command{
		Use:     "list",
		Short:   "List the rules",
		Example: "  oathgate rules --endpoint=http://localhost:4456/ list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 || page < 1 {
				return errors.New("--limit and --page count from 1")
			}
			query := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(limit * (page - 1))}}
			_, err := show(cmd, endpoint, query, "rules")
			return err
		},
	}
	list.Flags().IntVar(&limit, "limit", 20, "how many rules a page has, at most 500")
	list.Flags().IntVar(&page, "page", 1, "the number of the page")

	get := &cobra.Command{
		Use:     "get ID",
		Short:   "Show a rule",
		Example: "  oathgate rules --endpoint=http://localhost:4456/ get rule-1",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			_, err := show(cmd, endpoint, nil, "rules", args[0])
			return err
		},
	}
	c.AddCommand(list, get)
	return c
}

func healthCommand() *cobra.Command {
	var endpoint string
	c := &cobra.Command{
		Use:   "health",
		Short: "Check a running Oathgate",
		Long:  "Asks the one Oathgate at the endpoint, or whichever a load balancer there picks.",
		Args:  cobra.NoArgs,
		RunE:  help,
	}
	endpointFlag(c, &endpoint)
	for name, short := range map[string]string{"alive": "Check that it runs", "ready": "Check that it has rules"} {
		c.AddCommand(&cobra.Command{
			Use:     name,
			Short:   short,
			Example: "  oathgate health --endpoint=http://localhost:4456/ " + name,
			Args:    cobra.NoArgs,
			RunE: func(cmd *cobra.Command, _ []string) error {
				answer, err := show(cmd, endpoint, nil, "health", name)
				if err != nil {
					return err
				}
				var said struct{ Status string }
				if err := json.Unmarshal(answer, &said); err != nil || said.Status != "ok" {
					return fmt.Errorf("it does not say that it is %s", name)
				}
				return nil
			},
		})
	}
	return c
}

// help is what a command does that has others below it. Without it a misspelt one would end well.
func help(cmd *cobra.Command, _ []string) error { return cmd.Help() }

func endpointFlag(c *cobra.Command, endpoint *string) {
	c.PersistentFlags().StringVarP(endpoint, "endpoint", "e", "", "the URL of the API (serve.api)")
}

// show prints what the API answers.
func show(cmd *cobra.Command, endpoint string, query url.Values, path ...string) (json.RawMessage, error) {
	client, err := apiclient.New(endpoint)
	if err != nil {
		return nil, err
	}
	answer, err := client.Get(cmd.Context(), query, path...)
	if err != nil {
		return nil, err
	}
	return answer, apiclient.Print(cmd.OutOrStdout(), answer)
}
