using Microsoft.Data.Sqlite;
using PondSentinel.Backend.Access;
using PondSentinel.Backend.Reports;
using PondSentinel.Backend.Web.Desk;
using PondSentinel.Backend.Web.History;
using PondSentinel.Backend.Web.Monitoring;
using PondSentinel.Backend.Web.Public;

namespace PondSentinel.Backend.Web;

/// <summary>What the page's routes give.</summary>
internal sealed record WebParts
{
    /// <summary>Makes what is now.</summary>
    public required SnapshotMaker Maker { get; init; }

    /// <summary>Tells of its changes.</summary>
    public required SnapshotFeed Feed { get; init; }

    /// <summary>Whether the backend can do its work.</summary>
    public required Readiness Readiness { get; init; }

    /// <summary>Its numbers.</summary>
    public required Metrics Metrics { get; init; }

    /// <summary>What was.</summary>
    public required SeriesHistory History { get; init; }

    /// <summary>What people may do with alarms.</summary>
    public required DeskRoutes Desk { get; init; }

    /// <summary>What was refused, and giving it in once more.</summary>
    public required RefusedRoutes Refused { get; init; }

    /// <summary>A month of a site.</summary>
    public required ReportRoutes Report { get; init; }

    /// <summary>What everybody may see, where the options name it.</summary>
    public required PublicRoutes Public { get; init; }

    /// <summary>Who may do what.</summary>
    public required AccountBook Accounts { get; init; }

    /// <summary>Opens a connection of its own to the state database.</summary>
    public required Func<SqliteConnection> Open { get; init; }

    /// <summary>The backend's clock.</summary>
    public required TimeProvider Time { get; init; }
}
