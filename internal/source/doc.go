// Package source reads configuration as `oathkeeper serve -c a.yaml -c b.yaml` reads it: files, of which later ones
// win, environment variables above them, and the rules of access_rules.repositories. It makes of them the plugin
// configuration, with the rules inside, and what listeners, clusters and logs need. Whatever is wrong is said at once,
// each mistake at its line of the file that it stands in.
package source
