// Starts Swagger UI on the spec beside it. No outside validator is asked, and the token is forgotten with the tab.
window.addEventListener("load", () => {
  SwaggerUIBundle({
    url: "doc.json",
    dom_id: "#swagger-ui",
    deepLinking: true,
    validatorUrl: null,
    persistAuthorization: false,
    displayRequestDuration: true,
    // Swagger 2.0 knows no bearer scheme: the field takes the token with or without the word.
    requestInterceptor: (request) => {
      const token = request.headers.Authorization;
      if (token && !/^Bearer /i.test(token)) request.headers.Authorization = `Bearer ${token}`;
      return request;
    },
  });
});
