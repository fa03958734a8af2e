using Microsoft.Extensions.Logging;
using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Time;
using PondSentinel.Terminal;
using PondSentinel.Wire;

namespace PondSentinel.Gateway.Uplink;

/// <summary>What surrounds the uplink: who the gateway is, and the parts of it that the uplink works with.</summary>
internal sealed record UplinkRoom
{
    /// <summary>The gateway's id.</summary>
    public required string Gateway { get; init; }

    /// <summary>The site it stands at now. Records go out under the site they were taken at.</summary>
    public required string Site { get; init; }

    /// <summary>The settings.</summary>
    public required UplinkOptions Options { get; init; }

    /// <summary>The message of the topic <c>meta</c> as it is now; the same memory as long as it does not change.</summary>
    public required Func<ReadOnlyMemory<byte>> Meta { get; init; }

    /// <summary>Model of the computer, for the state; null where it is not known.</summary>
    public string? Hardware { get; init; }

    /// <summary>Version of the program, for the state.</summary>
    public string? Software { get; init; }

    /// <summary>The buffer.</summary>
    public required IRecordLog Buffer { get; init; }

    /// <summary>The clock of the records, which the backend's time goes to.</summary>
    public required GatewayClock Clock { get; init; }

    /// <summary>For waiting.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>The journal.</summary>
    public required ILogger Log { get; init; }

    /// <summary>The next message of health: completes when one is due.</summary>
    public required Func<CancellationToken, Task<HealthMessage>> NextHealthAsync { get; init; }

    /// <summary>How sparing it is with bytes.</summary>
    public required Thrift Thrift { get; init; }

    /// <summary>What messages are packed with.</summary>
    public DictionaryAgreement Dictionary { get; init; } = new(null);

    /// <summary>Told of each turn of the uplink, whatever the broker says; null where nobody watches.</summary>
    public WatchedLoop? Loop { get; init; }

    /// <summary>The records that cannot wait.</summary>
    public UrgentRecords Urgent { get; init; } = new();

    /// <summary>A topic of the gateway at its present site.</summary>
    /// <param name="kind">What it carries.</param>
    public string TopicOf(TopicKind kind) => new Topic(Site, Gateway, kind).ToString();
}
