namespace PondSentinel.Backend.Web.History;

/// <summary><c>GET /api/series</c> and <c>GET /api/series.csv</c>.</summary>
internal static class SeriesRoutes
{
    /// <summary>Adds them.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="history">Answers.</param>
    /// <param name="time">The clock.</param>
    public static void Map(IEndpointRouteBuilder routes, SeriesHistory history, TimeProvider time)
    {
        routes.MapGet("/api/series", (HttpContext context, CancellationToken end) => AnswerAsync(
            context, history, time, hasSamples: true, answer => Packing.Result(answer.ToJson(), "application/json"), end));
        routes.MapGet("/api/series.csv", (HttpContext context, CancellationToken end) => AnswerAsync(
            context,
            history,
            time,
            hasSamples: false,
            answer =>
            {
                context.Response.Headers.ContentDisposition = $"attachment; filename=\"{SeriesCsv.FileName(answer)}\"";
                return Packing.Result(SeriesCsv.Of(answer), SeriesCsv.ContentType);
            },
            end));
    }

    private static async Task<IResult> AnswerAsync(
        HttpContext context, SeriesHistory history, TimeProvider time, bool hasSamples, Func<SeriesAnswer, IResult> show, CancellationToken end)
    {
        var (query, fault) = SeriesQuery.Parse(context.Request.Query, time.GetUtcNow());
        if (query is null)
        {
            return new Problem("Bad request", StatusCodes.Status400BadRequest, fault!).ToResult();
        }

        if (ReadersLanguage.Of(context.Request) is not { } language)
        {
            return Problem.BadLanguage.ToResult();
        }

        var (answer, problem) = await history.AnswerAsync(query with { Language = language, HasSamples = hasSamples }, end);
        return answer is null ? problem!.ToResult() : show(answer);
    }
}
