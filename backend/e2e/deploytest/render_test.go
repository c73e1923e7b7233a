package deploytest

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

// blueprint holds the fields of Render's Blueprint specification that we use; any other is taken for a slip of the pen.
type blueprint struct {
	Databases []struct {
		Name         string   `yaml:"name"`
		Plan         string   `yaml:"plan"`
		DatabaseName string   `yaml:"databaseName"`
		User         string   `yaml:"user"`
		IPAllowList  []string `yaml:"ipAllowList"`
	} `yaml:"databases"`
	Services []renderService `yaml:"services"`
}

type renderService struct {
	Type            string `yaml:"type"`
	Name            string `yaml:"name"`
	Runtime         string `yaml:"runtime"`
	Plan            string `yaml:"plan"`
	DockerContext   string `yaml:"dockerContext"`
	DockerfilePath  string `yaml:"dockerfilePath"`
	HealthCheckPath string `yaml:"healthCheckPath"`
	BuildFilter     struct {
		Paths []string `yaml:"paths"`
	} `yaml:"buildFilter"`
	EnvVars []renderVariable `yaml:"envVars"`
}

type renderVariable struct {
	Key           string `yaml:"key"`
	Value         string `yaml:"value"`
	GenerateValue bool   `yaml:"generateValue"`
	FromDatabase  *struct {
		Name     string `yaml:"name"`
		Property string `yaml:"property"`
	} `yaml:"fromDatabase"`
	FromService *struct {
		Type      string `yaml:"type"`
		Name      string `yaml:"name"`
		EnvVarKey string `yaml:"envVarKey"`
	} `yaml:"fromService"`
}

// source says in one line where a variable's value comes from.
func (v renderVariable) source() string {
	switch {
	case v.FromDatabase != nil:
		return "database " + v.FromDatabase.Name + " " + v.FromDatabase.Property
	case v.FromService != nil:
		return v.FromService.Type + " " + v.FromService.Name + " " + v.FromService.EnvVarKey
	case v.GenerateValue:
		return "generated"
	default:
		return v.Value
	}
}

func loadBlueprint(t *testing.T) blueprint {
	t.Helper()
	decoder := yaml.NewDecoder(bytes.NewReader(readTop(t, "render.yaml")))
	decoder.KnownFields(true)
	var b blueprint
	if err := decoder.Decode(&b); err != nil {
		t.Fatalf("read render.yaml: %v", err)
	}
	return b
}

func TestRenderServices(t *testing.T) {
	b := loadBlueprint(t)
	if len(b.Services) != 2 || len(b.Databases) != 1 {
		t.Fatalf("%d services and %d databases, want 2 and 1", len(b.Services), len(b.Databases))
	}
	if db := b.Databases[0]; db.Plan != "free" || db.IPAllowList == nil || len(db.IPAllowList) != 0 {
		t.Errorf("database = %+v, want a free one that is closed to the outside", db)
	}
	wantNames := []string{"gemini-api-proxy", "gemini-proxy-admin"}
	wantFiles := []string{"./deploy/backend.Dockerfile", "./deploy/frontend.Dockerfile"}
	for i, service := range b.Services {
		got := []string{service.Name, service.DockerfilePath, service.Type, service.Runtime, service.Plan, service.DockerContext, service.HealthCheckPath}
		want := []string{wantNames[i], wantFiles[i], "web", "docker", "free", ".", "/health"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("service %d (-want +got):\n%s", i, diff)
		}
		readTop(t, service.DockerfilePath)
		var names []string
		for _, variable := range service.EnvVars {
			names = append(names, variable.Key)
		}
		checkVariables(t, service.Name, names)
	}
}

func TestRenderVariables(t *testing.T) {
	got := map[string]string{}
	for _, service := range loadBlueprint(t).Services {
		for _, variable := range service.EnvVars {
			got[service.Name+" "+variable.Key] = variable.source()
		}
	}
	proxies := got["gemini-api-proxy TRUSTED_PROXIES"]
	delete(got, "gemini-api-proxy TRUSTED_PROXIES")
	want := map[string]string{
		"gemini-api-proxy DATABASE_URL":   "database gemini-proxy-db connectionString",
		"gemini-api-proxy SECRET_KEY":     "generated",
		"gemini-api-proxy ADMIN_PASSWORD": "generated",
		"gemini-proxy-admin API_BASE_URL": "web gemini-api-proxy RENDER_EXTERNAL_URL",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	for network := range strings.SplitSeq(proxies, ",") {
		if prefix, err := netip.ParsePrefix(network); err != nil || prefix != prefix.Masked() {
			t.Errorf("TRUSTED_PROXIES holds %q, which is no network", network)
		}
	}
}
