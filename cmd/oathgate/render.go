package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"oathgate/internal/istio"
	"oathgate/internal/source"
)

func renderCommand(files *[]string) *cobra.Command {
	c := &cobra.Command{
		Use:   "render",
		Short: "Print what another system runs the configuration from",
		Args:  cobra.NoArgs,
	}
	c.AddCommand(renderIstioCommand(files))
	return c
}

func renderIstioCommand(files *[]string) *cobra.Command {
	var opt istio.Options
	c := &cobra.Command{
		Use:   "istio -c FILE… --url URL --selector KEY=VALUE",
		Short: "Print a WasmPlugin and what belongs to it, as YAML for kubectl apply",
		Long: `Reads the configuration as run does and prints it as Istio's objects: the filter with
the rules in it (WasmPlugin), its guards (EnvoyFilter), and for each server that
handlers ask how to reach it (ServiceEntry, DestinationRule). Where allowed requests
go stays with Istio's routes. What there is no way for is an error, what has no
effect a warning.

The WasmPlugin has the secrets of the configuration in it.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			loaded, problems := source.Load(source.Options{Files: *files, Environ: os.Environ()})
			for _, p := range problems {
				cmd.PrintErrln(p.String())
			}
			if len(problems) > 0 {
				return silently(cmd)
			}
			text, notes, err := istio.Render(loaded, opt)
			if err != nil {
				return err
			}
			for _, n := range notes {
				cmd.PrintErrln("no effect:", n)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s", text)
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&opt.Name, "name", "oathgate", "name of the WasmPlugin and the EnvoyFilter, and the beginning of the others'")
	flags.StringVar(&opt.Namespace, "namespace", "", "namespace of the workload; without it that of kubectl apply")
	flags.StringToStringVar(&opt.Selector, "selector", nil, "labels of the workload's pods, such as istio=ingressgateway")
	flags.BoolVar(&opt.Sidecar, "sidecar", false, "the workload is a service with a sidecar, not a gateway")
	flags.StringVar(&opt.URL, "url", "", "where proxies load oathgate.wasm from: oci://, https://, http:// or file://")
	flags.StringVar(&opt.SHA256, "sha256", "", "SHA-256 digest of the module or image")
	flags.StringVar(&opt.CACertificates, "ca-certificates", "", "file in the proxy's container with the authorities of https servers; without it the system's")
	return c
}
