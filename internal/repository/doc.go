// Package repository has the rules of repositories at http:// and https:// addresses: it fetches them, asks again whether
// they have changed, and keeps the last good ones, also in a cache file for a start without their server.
package repository
