# syntax=docker/dockerfile:1
# The admin page and its server. Build from the top of the source: docker build -f deploy/frontend.Dockerfile -t gemini-proxy-admin .

FROM node:20-bookworm-slim AS page
WORKDIR /src/frontend
COPY frontend/package.json frontend/package-lock.json frontend/.npmrc ./
RUN npm ci
COPY frontend/ ./
RUN npm run build

FROM golang:1.26-bookworm AS build
# Each image builds one module by itself, so go.work, which names all three, stays out of it.
ENV CGO_ENABLED=0 GOWORK=off
WORKDIR /src/frontend
COPY frontend/go.mod frontend/*.go ./
COPY --from=page /src/frontend/dist ./dist
ARG VERSION=dev
RUN go build -trimpath -ldflags "-s -w -X main.version=${VERSION}" -o out/gemini-proxy-admin .

FROM gcr.io/distroless/static-debian12:nonroot
COPY --from=build /src/frontend/out/gemini-proxy-admin /usr/local/bin/gemini-proxy-admin
USER 65532:65532
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s CMD ["/usr/local/bin/gemini-proxy-admin", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/gemini-proxy-admin"]
CMD ["serve"]
