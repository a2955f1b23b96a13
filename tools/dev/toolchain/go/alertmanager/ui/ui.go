// Package ui stands in for Alertmanager's pages, which its releases have built from Elm and its Go module has not
// (prometheus/alertmanager, ui/web.go: go:embed app/dist). What else ui/web.go registers is here: the probes.
package ui

import (
	"net/http"

	"github.com/prometheus/common/route"
)

// Register adds the probes to the router, as Alertmanager's own package does beside its pages.
func Register(r *route.Router) {
	answer := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	for _, path := range []string{"/-/healthy", "/-/ready"} {
		r.Get(path, answer)
		r.Head(path, answer)
	}
}
