using Microsoft.AspNetCore.Http.HttpResults;
using PondSentinel.Alerting;
using PondSentinel.Backend.Alerting;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Public;

/// <summary><c>GET /public</c>: one station for everybody. It is made at most each <see cref="Kept"/> for each language, however many
/// ask, so nobody is refused: a whole village may have one address, and asks when there is an alarm.</summary>
/// <param name="maker">Makes what is now.</param>
/// <param name="alerts">Where all rules stand.</param>
/// <param name="utcOffset">What the clocks of those who read are ahead of UTC.</param>
/// <param name="time">The clock.</param>
internal sealed class PublicRoutes(SnapshotMaker maker, Func<IReadOnlyList<AlertStatus>> alerts, TimeSpan utcOffset, TimeProvider time)
{
    /// <summary>How long a page that was made holds.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    private readonly Lock making = new();
    private readonly Dictionary<Language, (string Html, long At)> made = [];

    /// <summary>Adds it.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="options">The station.</param>
    public void Map(IEndpointRouteBuilder routes, PublicOptions options) =>
        routes.MapGet("/public", (HttpContext context) => Answer(context, options)).WithMetadata(new EntryOf(Entry.Public));

    // What comes no more would leave the whole unknown for ever; but an alarm of it stands until somebody ends it.
    private bool IsShown(AlertStatus status) => status.Phase is AlertPhase.Firing or AlertPhase.Clearing || maker.Expects(status.Subject);

    private ContentHttpResult Answer(HttpContext context, PublicOptions options)
    {
        var headers = context.Response.Headers;
        if (ReadersLanguage.Of(context.Request) is not { } language)
        {
            return Problem.BadLanguage.ToResult();
        }

        headers.CacheControl = "public, max-age=30";
        headers.Vary = "Accept-Language";
        return TypedResults.Text(Page(options, language), "text/html; charset=utf-8");
    }

    private string Page(PublicOptions options, Language language)
    {
        lock (making)
        {
            if (!made.TryGetValue(language, out var kept) || time.GetElapsedTime(kept.At) >= Kept)
            {
                made[language] = kept = (PublicPage.Of(PublicView.Of(options, maker.Make(language), [.. alerts().Where(IsShown)], language), options, utcOffset, language), time.GetTimestamp());
            }

            return kept.Html;
        }
    }
}
