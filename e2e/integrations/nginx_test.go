package integrations

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// aroundNginx is what a distribution's nginx.conf has around the example's file.
const aroundNginx = `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr;
events {}
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include oathgate.conf;
}
`

func TestNginx(t *testing.T) {
	path, err := exec.LookPath("nginx")
	if err != nil {
		path = "/usr/sbin/nginx" // which is not in everybody's PATH
		if _, err := os.Stat(path); err != nil {
			t.Skip("not run: nginx is not installed (Debian: apt-get install nginx)")
		}
	}
	s := newSite(t, "nginx")
	s.file(t, "nginx", "oathgate.conf")
	main := filepath.Join(s.dir, "nginx.conf")
	if err := os.WriteFile(main, []byte(aroundNginx), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	s.startFront(t, exec.Command(path, "-e", "stderr", "-p", s.dir, "-c", main))
	s.attack(t, expected{down: 500})
}
