# syntax=docker/dockerfile:1
# The API server. Build from the top of the source: docker build -f deploy/backend.Dockerfile -t gemini-proxy .

FROM golang:1.26-bookworm AS build
# Each image builds one module by itself, so go.work, which names all three, stays out of it.
ENV CGO_ENABLED=0 GOWORK=off
WORKDIR /src/backend
COPY backend/go.mod backend/go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY backend/ ./
ARG VERSION=dev COMMIT=
RUN --mount=type=cache,target=/go/pkg/mod \
    go build -trimpath -ldflags "-s -w -X main.version=${VERSION} -X main.commit=${COMMIT}" -o out/gemini-proxy ./cmd/gemini-proxy
RUN mkdir -p out/data

# static brings the root certificates and the time zones, and no shell.
FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /src/backend/out/gemini-proxy /usr/local/bin/gemini-proxy
# A new volume takes over the owner of the directory under it; without this it would be root's, and the server is not root.
COPY --from=build --chown=65532:65532 /src/backend/out/data /data
ENV DATA_DIR=/data
USER 65532:65532
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s CMD ["/usr/local/bin/gemini-proxy", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/gemini-proxy"]
CMD ["serve"]
