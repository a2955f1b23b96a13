// Image-registry serves images and a database of vulnerabilities as a container registry does, for scans of Trivy that can reach no
// other. Both are the caller's: archives of images, and the vulnerabilities as JSON. It runs until it is ended.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

const usage = "usage: image-registry <a JSON file that says what to serve>"

type orders struct {
	// Host and port.
	Listen string `json:"listen"`
	// A folder of its own, for the database and for layers.
	Folder string `json:"folder"`
	// Archives as `docker save` writes them, by repository and tag.
	Images map[string]string `json:"images"`
	// Repository and tag of the database.
	Database        string          `json:"database"`
	Vulnerabilities []vulnerability `json:"vulnerabilities"`
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	if err := serve(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve(file string) error {
	wanted, err := read(file)
	if err != nil {
		return err
	}
	layers := filepath.Join(wanted.Folder, "layers")
	if err := os.MkdirAll(layers, 0o700); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", wanted.Listen)
	if err != nil {
		return err
	}
	handler := registry.New(registry.WithBlobHandler(registry.NewDiskBlobHandler(layers)))
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if err := fill(wanted); err != nil {
		return err
	}
	fmt.Println("serving at", wanted.Listen)
	return <-ended
}

func read(file string) (orders, error) {
	var wanted orders
	content, err := os.ReadFile(file)
	if err != nil {
		return wanted, err
	}
	return wanted, json.Unmarshal(content, &wanted)
}

// Pushes all that is wanted to the registry, as anybody would.
func fill(wanted orders) error {
	for repository, archive := range wanted.Images {
		image, err := tarball.ImageFromPath(archive, nil)
		if err == nil {
			err = push(wanted.Listen, repository, image)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", archive, err)
		}
	}
	folder := filepath.Join(wanted.Folder, "db")
	if err := writeDatabase(folder, wanted.Vulnerabilities); err != nil {
		return fmt.Errorf("the database of vulnerabilities: %w", err)
	}
	image, err := databaseImage(folder)
	if err != nil {
		return err
	}
	return push(wanted.Listen, wanted.Database, image)
}

func push(address, repository string, image v1.Image) error {
	tag, err := name.NewTag(address+"/"+repository, name.Insecure)
	if err != nil {
		return err
	}
	return remote.Write(tag, image)
}
