using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Alerting.Wording;
using PondSentinel.Backend.Ingest;
using PondSentinel.Backend.Notification.Alarms;
using PondSentinel.Backend.Web.Access;
using PondSentinel.Backend.Web.History;

namespace PondSentinel.Backend.Web.Desk;

/// <summary><c>GET /api/desk/refused</c>, and what may be done about it: <c>POST /api/desk/refused/letters</c> and <c>messages</c>. They do what
/// <c>pond-backend dead-letters resubmit</c> and <c>refused resubmit</c> do.</summary>
/// <param name="desk">Notes who did it.</param>
/// <param name="reader">What there is.</param>
/// <param name="live">What gateways call their channels.</param>
/// <param name="folder">The backend's folder.</param>
/// <param name="time">The clock.</param>
internal sealed class RefusedRoutes(AlarmDesk desk, RefusedReader reader, LiveView live, string folder, TimeProvider time)
{
    // As many as people can look through.
    private const int GroupsMost = 200;

    private readonly LetterFolder letters = new(folder);
    private readonly RefusedFolder messages = new(folder);

    /// <summary>Adds them.</summary>
    /// <param name="routes">The routes.</param>
    /// <param name="gate">Says who asks.</param>
    public void Map(IEndpointRouteBuilder routes, Gate gate)
    {
        var operators = new EntryOf(Entry.Operator);
        routes.MapGet("/api/desk/refused", (HttpContext context) => Shown(context.Request)).WithMetadata(operators);
        routes.MapPost("/api/desk/refused/letters", (HttpContext context, CancellationToken end) =>
            ChangeAsync(context, gate, () => letters.Days, DeadLetters.Folder, GiveToTheStore, end)).WithMetadata(operators);
        routes.MapPost("/api/desk/refused/messages", (HttpContext context, CancellationToken end) =>
            ChangeAsync(context, gate, () => messages.Days, RefusedMessages.Folder, TakeInOnceMore, end)).WithMetadata(operators);
    }

    private IResult Shown(HttpRequest request)
    {
        if (ReadersLanguage.Of(request) is not { } language)
        {
            return Problem.BadLanguage.ToResult();
        }

        try
        {
            return TypedResults.Text(Answer(reader.Now, language).ToJson(), "application/json");
        }
        catch (Exception e) when (e is SqliteException or IOException)
        {
            return JsonChange.Unusable(e);
        }
        catch (UnauthorizedAccessException e)
        {
            return new Problem("The folder cannot be read", StatusCodes.Status503ServiceUnavailable, Denied(e)).ToResult();
        }
    }

    private RefusedAnswer Answer(RefusedNow now, Language language) => new(
        new LettersView(
            now.LetterDays, now.UnreadDays, now.WaitingDays, now.UnreadableLines,
            [.. now.Letters.Take(GroupsMost).Select(group => Describe(group, language))], Math.Max(now.Letters.Count - GroupsMost, 0)),
        [
            .. now.Messages.Select(day => new RefusedDayView(day.Day, day.Waits, day.Accounts is null ? null :
            [
                .. day.Accounts.Select(account => new RefusedGatewayView(
                    account.Gateway, account.Messages, account.Unreadable,
                    [.. account.Standings.Select(part => new StandingView(part.Key, RefusedWords.OfRecord(part.Key, language), part.Value))])),
            ])),
        ],
        now.OlderDays);

    private LetterGroupView Describe(LetterGroup group, Language language)
    {
        var point = group.First.Point;
        var label = live.Gateways.FirstOrDefault(known => known.Name == new GatewayName(point.Site, point.Gateway))?.Meta?.Devices
            .FirstOrDefault(device => device.Id == point.Device)?.Channels.FirstOrDefault(channel => channel.Id == point.Channel)?.Label;
        return new LetterGroupView(
            point.Site, point.Station, point.Gateway, point.Device, point.Channel, label ?? Wording.Of(language).Label(point.Measurand),
            group.First.Cause, RefusedWords.OfLetter(group.First.Cause, language), group.First.Detail, group.Count, group.FirstMs, group.LastMs);
    }

    private Task<IResult> ChangeAsync(
        HttpContext context, Gate gate, Func<IReadOnlyList<string>> days, string place, Func<string, string, Actor, string?> handOver, CancellationToken end) =>
        JsonChange.TakeAsync(
            context, gate, DeskJson.Lines.ResubmitRequest,
            (wanted, visitor) => Task.FromResult(JsonChange.Told(Change(wanted, visitor.Acting(wanted.By), days, place, handOver))), end);

    private string? Change(
        ResubmitRequest wanted, Actor by, Func<IReadOnlyList<string>> days, string place, Func<string, string, Actor, string?> handOver)
    {
        if (wanted.Days.Count == 0)
        {
            return "Say which days; GET /api/desk/refused names them.";
        }

        try
        {
            var known = days().ToDictionary(path => Path.GetFileNameWithoutExtension(path), StringComparer.Ordinal);
            if (wanted.Days.Any(day => day is null || !known.ContainsKey(day)))
            {
                return $"There is no such day in {place}/: {wanted.Days.First(day => day is null || !known.ContainsKey(day))}. It may have been handed over by somebody else.";
            }

            return wanted.Days.Distinct(StringComparer.Ordinal).Select(day => handOver(known[day], day, by)).FirstOrDefault(refusal => refusal is not null);
        }
        catch (UnauthorizedAccessException e)
        {
            return Denied(e);
        }
        catch (IOException e)
        {
            return $"It cannot be handed over: {e.Message.TrimEnd('.')}. Look again: somebody else may have done it, or the disk is full.";
        }
        finally
        {
            reader.Forget();
        }
    }

    private string? GiveToTheStore(string file, string day, Actor by)
    {
        var what = $"{DeadLetters.Folder}/{day}";
        return desk.Resubmit(what, by.Name, () => letters.HandOver(file, time.GetUtcNow()), Audited(by, what));
    }

    private string? TakeInOnceMore(string file, string day, Actor by)
    {
        var what = $"{RefusedMessages.Folder}/{day}";
        return messages.IsWaiting(day)
            ? $"{what} is being taken in already; the backend's journal says when that is done."
            : messages.HandOver(file, time.GetUtcNow(), offer => desk.Resubmit(what, by.Name, offer, Audited(by, what)));
    }

    private Action<SqliteTransaction> Audited(Actor by, string what) =>
        transaction => new AuditLog(transaction).Add(by, AuditAct.Resubmitted, what, time.GetUtcNow());

    private string Denied(UnauthorizedAccessException e) => $"{e.Message.TrimEnd('.')}. Give {folder} to the user that runs the backend.";
}
