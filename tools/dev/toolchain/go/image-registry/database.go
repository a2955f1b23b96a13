package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"os"
	"path/filepath"
	"time"

	trivydb "github.com/aquasecurity/trivy-db/pkg/db"
	"github.com/aquasecurity/trivy-db/pkg/metadata"
	"github.com/aquasecurity/trivy-db/pkg/types"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/static"
	ocitypes "github.com/google/go-containerregistry/pkg/v1/types"
	bolt "go.etcd.io/bbolt"
)

// The layer's type is what trivy asks for (pkg/db/db.go); it takes the file's name from the annotation (pkg/oci/artifact.go).
const (
	configType = "application/vnd.aquasec.trivy.config.v1+json"
	layerType  = "application/vnd.aquasec.trivy.db.layer.v1.tar+gzip"
	titleKey   = "org.opencontainers.image.title"
)

// How long a scan takes the database for the newest.
const fresh = 24 * time.Hour

type vulnerability struct {
	ID string `json:"id"`
	// A bucket of trivy-db, such as "debian 12".
	Platform string `json:"platform"`
	// A distribution's source package.
	Package      string `json:"package"`
	FixedVersion string `json:"fixedVersion"`
	// As trivy-db keeps them.
	Details types.Vulnerability `json:"details"`
}

// Writes trivy.db and metadata.json into a folder.
func writeDatabase(folder string, vulnerabilities []vulnerability) error {
	if err := trivydb.Init(folder); err != nil {
		return err
	}
	db := trivydb.Config{}
	err := db.BatchUpdate(func(tx *bolt.Tx) error {
		for _, one := range vulnerabilities {
			if err := put(db, tx, one); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, trivydb.Close()); err != nil {
		return err
	}
	now := time.Now().UTC()
	return metadata.NewClient(folder).Update(metadata.Metadata{
		Version: trivydb.SchemaVersion, UpdatedAt: now, NextUpdate: now.Add(fresh),
	})
}

func put(db trivydb.Config, tx *bolt.Tx, one vulnerability) error {
	advisory := types.Advisory{FixedVersion: one.FixedVersion}
	return errors.Join(
		db.PutAdvisoryDetail(tx, one.ID, one.Package, []string{one.Platform}, &advisory),
		db.SaveAdvisoryDetails(tx, one.ID),
		db.PutVulnerability(tx, one.ID, one.Details),
	)
}

// The database of a folder as trivy gets it from a registry: an image of one layer, an archive of both files.
func databaseImage(folder string) (v1.Image, error) {
	layer, err := packed(folder, "trivy.db", "metadata.json")
	if err != nil {
		return nil, err
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, ocitypes.OCIManifestSchema1), configType)
	return mutate.Append(base, mutate.Addendum{
		Layer:       static.NewLayer(layer, layerType),
		Annotations: map[string]string{titleKey: "db.tar.gz"},
	})
}

func packed(folder string, files ...string) ([]byte, error) {
	var result bytes.Buffer
	compressed := gzip.NewWriter(&result)
	archive := tar.NewWriter(compressed)
	for _, file := range files {
		content, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return nil, err
		}
		if err := archive.WriteHeader(&tar.Header{Name: file, Mode: 0o600, Size: int64(len(content))}); err != nil {
			return nil, err
		}
		if _, err := archive.Write(content); err != nil {
			return nil, err
		}
	}
	err := errors.Join(archive.Close(), compressed.Close())
	return result.Bytes(), err
}
