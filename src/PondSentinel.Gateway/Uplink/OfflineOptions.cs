namespace PondSentinel.Gateway.Uplink;

/// <summary>What a gateway asks its machine for where there has been no link for long.</summary>
public sealed record OfflineOptions
{
    /// <summary>How long there is none before it asks, 1 min or more.</summary>
    public required TimeSpan After { get; init; }

    /// <summary>How long it does not ask again. Default 6 h.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromHours(6);

    /// <summary>What it asks for: the name of the file that it leaves. Default <c>restart-modem</c>.</summary>
    public string Request { get; init; } = "restart-modem";

    /// <summary>The folder that it leaves it in. Default <c>/run/pondsentinel/requests</c>, which a restart of the machine
    /// empties.</summary>
    public string Folder { get; init; } = "/run/pondsentinel/requests";
}
