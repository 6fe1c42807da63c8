package repository

import (
	"errors"
	"net/netip"
	"net/url"
)

// Check says what is wrong with an address, in words that follow its key.
func Check(address string) error {
	switch u, err := url.Parse(address); {
	case err != nil || u.Hostname() == "":
		return errors.New("is no URL with a host; write https://rules.example.com/rules.json")
	case u.Fragment != "":
		return errors.New("has a fragment (#…), which no server is told of; remove it")
	}
	return nil
}

// Name is what an address is called where others read: without a user, a password and what the query says.
func Name(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that is no URL"
	}
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	if u.RawQuery != "" {
		return shown.String() + "?..."
	}
	return shown.String()
}

// exposed reports whether rules from an address come over a network without TLS.
func exposed(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback()
}
