package deploytest

import (
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// loadCompose loads docker-compose.yml with the given environment, as `docker compose config` does.
func loadCompose(t *testing.T, environment types.Mapping) (*types.Project, error) {
	t.Helper()
	return loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  top,
		ConfigFiles: []types.ConfigFile{{Filename: "docker-compose.yml", Content: readTop(t, "docker-compose.yml")}},
		Environment: environment,
	})
}

func filledEnvironment() types.Mapping {
	return types.Mapping{"SECRET_KEY": "FAKE-secret", "POSTGRES_PASSWORD": "FAKEpostgres", "ADMIN_PASSWORD": "FAKE-admin"}
}

func TestComposeAsksForEverySecret(t *testing.T) {
	if _, err := loadCompose(t, filledEnvironment()); err != nil {
		t.Fatalf("with every secret: %v", err)
	}
	for name := range filledEnvironment() {
		t.Run(name, func(t *testing.T) {
			environment := filledEnvironment()
			delete(environment, name)
			if _, err := loadCompose(t, environment); err == nil || !strings.Contains(err.Error(), name) {
				t.Errorf("error = %v, want one that asks for %s", err, name)
			}
		})
	}
}

func TestComposeServices(t *testing.T) {
	project, err := loadCompose(t, filledEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	if names := project.ServiceNames(); !slices.Equal(names, []string{"backend", "frontend", "postgres"}) {
		t.Errorf("services = %v, want backend, frontend and postgres", names)
	}
	for name, service := range project.Services {
		t.Run(name, func(t *testing.T) {
			if !service.ReadOnly {
				t.Error("the file system can be written")
			}
			if !slices.Equal(service.CapDrop, []string{"ALL"}) || len(service.CapAdd) != 0 {
				t.Errorf("capabilities dropped %v and added %v, want ALL and none", service.CapDrop, service.CapAdd)
			}
			if !slices.Equal(service.SecurityOpt, []string{"no-new-privileges:true"}) {
				t.Errorf("security options = %v, want no new privileges", service.SecurityOpt)
			}
			if service.HealthCheck == nil || len(service.HealthCheck.Test) == 0 || service.HealthCheck.Test[0] != "CMD" {
				t.Errorf("health check = %+v, want one without a shell", service.HealthCheck)
			}
			for _, port := range service.Ports {
				if port.HostIP != "127.0.0.1" {
					t.Errorf("port %s opens on %q, want this machine alone", port.Published, port.HostIP)
				}
			}
			if service.Build != nil {
				readTop(t, service.Build.Dockerfile)
				var names []string
				for variable := range service.Environment {
					names = append(names, variable)
				}
				checkVariables(t, name, names)
			}
		})
	}
}

func TestComposeBackendWaitsForPostgres(t *testing.T) {
	project, err := loadCompose(t, filledEnvironment())
	if err != nil {
		t.Fatal(err)
	}
	backend, postgres := project.Services["backend"], project.Services["postgres"]
	if got := backend.DependsOn["postgres"].Condition; got != types.ServiceConditionHealthy {
		t.Errorf("the backend waits for postgres to be %q, want healthy", got)
	}
	want := "postgres://" + value(postgres.Environment, "POSTGRES_USER") + ":" + value(postgres.Environment, "POSTGRES_PASSWORD") +
		"@postgres:5432/" + value(postgres.Environment, "POSTGRES_DB") + "?sslmode=disable"
	if got := value(backend.Environment, "DATABASE_URL"); got != want {
		t.Errorf("DATABASE_URL = %q, want %q", got, want)
	}
	if len(postgres.Ports) != 0 {
		t.Errorf("postgres opens %v, want no port", postgres.Ports)
	}
	if grace := backend.StopGracePeriod; grace == nil || grace.String() != "40s" {
		t.Errorf("the backend has %v to stop, want more than the 25 s that streams get", grace)
	}
}

// value reads a variable of a service, "" where it is not set.
func value(environment types.MappingWithEquals, name string) string {
	if v := environment[name]; v != nil {
		return *v
	}
	return ""
}
