using System.Text.Json;

namespace PondSentinel.Wire;

/// <summary>A message of the topic <c>evt</c>: something that happened, numbered apart from the records.</summary>
public sealed record EventMessage
{
    /// <summary>The gateway, by its payload.</summary>
    public required string Gateway { get; init; }

    /// <summary>The epoch that numbered it.</summary>
    public required string Epoch { get; init; }

    /// <summary>Number within the epoch, contiguous over events.</summary>
    public required long Number { get; init; }

    /// <summary>When it happened: UTC, ms since 1970.</summary>
    public required long TimeMs { get; init; }

    /// <summary>How good the time is.</summary>
    public required ClockStamp Clock { get; init; }

    /// <summary>The device it concerns, where it concerns one.</summary>
    public string? Device { get; init; }

    /// <summary>One of <c>fault cal maint drop clock config audit alarm meta sample</c>; a newer gateway may have others.</summary>
    public required string Type { get; init; }

    /// <summary>What happened: a JSON object whose members depend on the type.</summary>
    public required JsonElement Body { get; init; }
}

/// <summary>A receipt of the topic <c>ack</c>: what the backend has in its store, of one epoch.</summary>
public sealed record Receipt
{
    /// <summary>The backend that speaks.</summary>
    public required string By { get; init; }

    /// <summary>Its store's creation or last restore: UTC, ms since 1970.</summary>
    public required long Generation { get; init; }

    /// <summary>Number of the receipt, growing within one generation.</summary>
    public required long Number { get; init; }

    /// <summary>The epoch it speaks of.</summary>
    public required string Epoch { get; init; }

    /// <summary>Every number up to this is settled, but for the gaps; -1 when nothing is.</summary>
    public required long UpTo { get; init; }

    /// <summary>Numbers at or below <see cref="UpTo"/> that are not settled, rising, at most <see cref="GapsMax"/>.</summary>
    public IReadOnlyList<SequenceRange> Gaps { get; init; } = [];

    /// <summary>Settled because the backend refused them, with the cause.</summary>
    public IReadOnlyList<RejectedRange> Rejected { get; init; } = [];

    /// <summary>Numbers that this store has given to no receipt for this gateway, between those of its processes, rising, at most
    /// <see cref="UnusedMax"/>; empty where that is no question. A gateway whose newest receipt has one of them has heard more than
    /// the store remembers.</summary>
    public IReadOnlyList<SequenceRange> Unused { get; init; } = [];

    /// <summary>Id of the dictionary by which the backend unpacks what this gateway packs, see <see cref="PackingDictionary"/>; null where
    /// it has none, or the gateway has not asked for it.</summary>
    public string? Dictionary { get; init; }

    /// <summary>The same of the epoch's events; null where the backend has seen none and holds none to settle.</summary>
    public EventReceipt? Events { get; init; }

    /// <summary>Most gaps in one receipt; where there are more, <see cref="UpTo"/> is lowered.</summary>
    public const int GapsMax = 64;

    /// <summary>Most ranges of numbers given to no receipt.</summary>
    public const int UnusedMax = 16;

    /// <summary>Most entries of <see cref="Rejected"/> in one receipt; where there are more, the lowest go first.</summary>
    public const int RejectedMax = 256;
}

/// <summary>What of an epoch's events is settled.</summary>
/// <param name="UpTo">Every event up to this, but for the gaps; -1 when none is.</param>
/// <param name="Gaps">Events at or below it that are not.</param>
public sealed record EventReceipt(long UpTo, IReadOnlyList<SequenceRange> Gaps)
{
    /// <summary>Most entries of <see cref="Rejected"/> in one receipt; where there are more, the lowest go first.</summary>
    public const int RejectedMax = 64;

    /// <summary>Settled because the backend refused them, with the cause.</summary>
    public IReadOnlyList<RejectedRange> Rejected { get; init; } = [];
}

/// <summary>Records the backend refused for good.</summary>
/// <param name="Range">Their numbers.</param>
/// <param name="Cause">One of <see cref="RejectCauses"/>; a newer backend may have others.</param>
public readonly record struct RejectedRange(SequenceRange Range, string Cause);

/// <summary>Why a backend refuses records for good.</summary>
public static class RejectCauses
{
    /// <summary>The batch that brought them breaks the contract.</summary>
    public const string Malformed = "malformed";

    /// <summary>They hold a measurand that the backend does not know.</summary>
    public const string Type = "type";

    /// <summary>The store cannot hold their time or one of their numbers.</summary>
    public const string Range = "range";

    /// <summary>They are larger than the store takes.</summary>
    public const string Size = "size";

    /// <summary>They come under another site than their epoch was taken at.</summary>
    public const string Site = "site";

    /// <summary>They bring more channels than a gateway may have.</summary>
    public const string Channels = "channels";
}

/// <summary>A question of the topic <c>time</c>.</summary>
/// <param name="Nonce">Chosen by the gateway, repeated in the answer: 1 to 64 characters of <c>[A-Za-z0-9_-]</c>.</param>
public sealed record TimeRequest(string Nonce);

/// <summary>The answer, on the topic <c>ack</c>.</summary>
/// <param name="Nonce">The question's.</param>
/// <param name="NowMs">The backend's time: UTC, ms since 1970.</param>
/// <param name="ErrorMs">How far its clock may be wrong, ms; null where it does not say.</param>
public sealed record TimeAnswer(string Nonce, long NowMs, long? ErrorMs = null);

/// <summary>An epoch that the gateway holds, in full or in part.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="FirstHeld">Lowest number still held.</param>
/// <param name="Last">Highest number given.</param>
public readonly record struct HeldEpoch(string Epoch, long FirstHeld, long Last);

/// <summary>A message of the topic <c>state</c>, retained; also the will.</summary>
public sealed record StateMessage
{
    /// <summary>Whether the gateway is connected and means to stay.</summary>
    public required bool On { get; init; }

    /// <summary>Why not, where <see cref="On"/> is false: <c>stop</c>, or <c>will</c> from the broker.</summary>
    public string? Reason { get; init; }

    /// <summary>Hardware: model and serial of the computer, free text of at most 64 characters.</summary>
    public string? Hardware { get; init; }

    /// <summary>Version of the gateway program.</summary>
    public string? Software { get; init; }

    /// <summary>The process's epoch; null before its first append.</summary>
    public string? Epoch { get; init; }

    /// <summary>The epochs it holds.</summary>
    public IReadOnlyList<HeldEpoch> Inventory { get; init; } = [];

    /// <summary>How long a receipt for what has arrived may wait, s, where bytes are dear to the gateway: 1 to 3600; null where they are
    /// not. It then takes dictionaries too.</summary>
    public int? ReceiptSeconds { get; init; }

    /// <summary>The newest receipt that it believes, of the backend that settles; null before the first.</summary>
    public BelievedReceipt? Believed { get; init; }
}

/// <summary>What orders receipts, of one that a gateway believes.</summary>
/// <param name="By">The backend that spoke.</param>
/// <param name="Generation">Generation of its store.</param>
/// <param name="Number">Number of the receipt.</param>
public readonly record struct BelievedReceipt(string By, long Generation, long Number);

/// <summary>A command of the topic <c>cmd/replay</c>: send these again.</summary>
/// <param name="Epoch">The epoch.</param>
/// <param name="Range">The numbers.</param>
public sealed record ReplayCommand(string Epoch, SequenceRange Range);
