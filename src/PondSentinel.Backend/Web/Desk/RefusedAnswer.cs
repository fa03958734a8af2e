using System.Text.Json;

namespace PondSentinel.Backend.Web.Desk;

/// <summary>What <c>GET /api/desk/refused</c> gives.</summary>
/// <param name="Letters">Values that the store refused.</param>
/// <param name="Messages">Days of messages refused whole, of which something is refused still or waits; the latest first.</param>
/// <param name="OlderDays">How many days of these are not told of.</param>
internal sealed record RefusedAnswer(LettersView Letters, IReadOnlyList<RefusedDayView> Messages, int OlderDays)
{
    /// <summary>The JSON, one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, DeskJson.Lines.RefusedAnswer);
}

/// <summary>Values that the store refused.</summary>
/// <param name="Days">UTC days that have some, oldest first: what is handed over.</param>
/// <param name="UnreadDays">How many of these are not in the groups, because they are too large.</param>
/// <param name="WaitingDays">How many days are being given to the store.</param>
/// <param name="UnreadableLines">Lines that are no values.</param>
/// <param name="Groups">By channel and cause, the latest first; at most 200.</param>
/// <param name="MoreGroups">How many there are beyond these.</param>
internal sealed record LettersView(
    IReadOnlyList<string> Days, int UnreadDays, int WaitingDays, int UnreadableLines, IReadOnlyList<LetterGroupView> Groups, int MoreGroups);

/// <summary>Values of one channel that the store refused for one cause: in words, and as the store said it of one of them.</summary>
internal sealed record LetterGroupView(
    string Site, string Station, string Gateway, string Device, string Channel, string Label, string Cause, string Words, string Detail, int Count,
    long FirstMs, long LastMs);

/// <summary>A day of messages refused whole.</summary>
/// <param name="Day">The UTC day.</param>
/// <param name="Waits">Whether it is being taken in once more.</param>
/// <param name="Gateways">By gateway; null where the day is too large to be looked through.</param>
internal sealed record RefusedDayView(string Day, bool Waits, IReadOnlyList<RefusedGatewayView>? Gateways);

/// <summary>A gateway's messages of such a day.</summary>
/// <param name="Gateway">The gateway; <c>?</c> for lines that are no messages.</param>
/// <param name="Messages">How many.</param>
/// <param name="Unreadable">How many of them do not even tell their numbers.</param>
/// <param name="Standings">How their records and events stand now.</param>
internal sealed record RefusedGatewayView(string Gateway, int Messages, int Unreadable, IReadOnlyList<StandingView> Standings);

/// <summary>So many records stand so: the token, and the same in words.</summary>
internal sealed record StandingView(string Token, string Words, long Count);

/// <summary>Body of <c>POST /api/desk/refused/letters</c> and of <c>/messages</c>.</summary>
/// <param name="Days">UTC days, as <c>GET /api/desk/refused</c> names them.</param>
/// <param name="By">Who does it, where that is somebody at the machine who has not signed in.</param>
internal sealed record ResubmitRequest(IReadOnlyList<string> Days, string? By = null);
