using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Storage;
using PondSentinel.Backend.Web;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Reports;

/// <summary><c>GET /report?site=…&amp;month=…</c>: the same as <c>pond-backend report</c> writes.</summary>
/// <remarks>One is made at a time: it reads a whole month.</remarks>
/// <param name="maker">Makes it.</param>
/// <param name="offset">How far the site's clock is ahead of UTC.</param>
/// <param name="time">The clock.</param>
internal sealed class ReportRoutes(ReportMaker maker, TimeSpan offset, TimeProvider time) : IDisposable
{
    /// <summary>Names of the parameters.</summary>
    public static readonly IReadOnlyList<string> Names = ["site", "month", ReadersLanguage.Parameter];

    /// <summary>Longest time for a report, the wait for its turn included.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Adds it.</summary>
    /// <param name="routes">The routes.</param>
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/report", (HttpContext context, CancellationToken end) => AnswerAsync(context.Request, end));

    /// <inheritdoc/>
    public void Dispose() => turn.Dispose();

    private async Task<IResult> AnswerAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var query = request.Query;
        if (query["site"] is not [{ Length: > 0 and <= 64 } site] || query["month"] is not [{ } text] || ReportMonth.Parse(text, offset) is not { } month)
        {
            return Problem("Bad request", StatusCodes.Status400BadRequest, "Name a site and a month: /report?site=gannan&month=2026-10");
        }

        if (ReadersLanguage.Of(request) is not { } language)
        {
            return Web.History.Problem.BadLanguage.ToResult();
        }

        using var deadline = new CancellationTokenSource(Within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await turn.WaitAsync(either.Token);
            try
            {
                return await maker.MakeAsync(site, month, either.Token) is { } report
                    ? TypedResults.Text(ReportHtml.Of(report, language, style: null), "text/html; charset=utf-8")
                    : Problem("No such site", StatusCodes.Status404NotFound, "No gateway has sent anything of this site; /api/now names them.");
            }
            finally
            {
                turn.Release();
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Problem("Too slow", StatusCodes.Status503ServiceUnavailable, "It takes longer than two minutes; pond-backend report takes its time.");
        }
        catch (Exception e) when (e is StoreUnavailableException or SqliteException or IOException)
        {
            return Problem("The store cannot be read", StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }

    private static ContentHttpResult Problem(string title, int status, string detail) =>
        new Problem(title, status, detail).ToResult();
}
