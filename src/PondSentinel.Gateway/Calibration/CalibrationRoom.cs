using PondSentinel.Gateway.Buffering;
using PondSentinel.Gateway.Configuration;

namespace PondSentinel.Gateway.Calibration;

/// <summary>The calibrations of a running gateway, and the claim on their folder: while it is held nobody else adds to them.</summary>
internal sealed class CalibrationRoom : IDisposable
{
    private readonly IDisposable? claim;

    private const string Purpose = "calibration store";

    private CalibrationRoom(ICard card, IDisposable? claim, CalibrationStore store, IReadOnlyList<CalibratedChannel> channels)
    {
        this.claim = claim;
        Book = new CalibrationBook(store, channels);
        Told = new CalibrationTold(card);
        Running = new CalibrationRunFile(card);
    }

    /// <summary>The calibrations.</summary>
    public CalibrationBook Book { get; }

    /// <summary>What has been told of them.</summary>
    public CalibrationTold Told { get; }

    /// <summary>What is true of the calibrations that go on, if nothing more comes of them.</summary>
    public CalibrationRunFile Running { get; }

    /// <summary>Opens the calibrations of a gateway to add to them.</summary>
    /// <param name="configuration">Its settings.</param>
    /// <remarks>A folder that may not be used keeps nobody from measuring: what can be read is in force, and what is added is refused
    /// with the reason.</remarks>
    /// <exception cref="IOException">Somebody else adds to them.</exception>
    public static CalibrationRoom Open(GatewayConfiguration configuration)
    {
        var folder = CalibrationStore.FolderOf(configuration.Buffer.Folder, configuration.Id);
        var channels = CalibratedChannel.Of(configuration);
        ICard card;
        try
        {
            card = LinuxCard.At(folder, Purpose);
        }
        catch (IOException e) when (Directory.Exists(folder))
        {
            return Open(LinuxCard.ToRead(folder, Purpose), channels, e.Message.TrimEnd('.'));
        }
        catch (IOException e)
        {
            card = new DeadCard(e);
        }

        // Where it cannot be made nothing was ever calibrated: that is no doubt, and a calibration to come is refused with the reason.
        return card is not DeadCard dead
            ? Open(card, channels)
            : new CalibrationRoom(
                card,
                claim: null,
                WasNever(folder) ? CalibrationStore.WithNothing(card) : CalibrationStore.Unreadable(card, dead.Reason.Message.TrimEnd('.')),
                channels);
    }

    /// <summary>The records of a gateway, to be looked at.</summary>
    /// <param name="configuration">Its settings.</param>
    /// <exception cref="IOException">Their folder cannot be read.</exception>
    public static CalibrationStore Look(GatewayConfiguration configuration)
    {
        // Where nobody has calibrated anything there is no folder yet.
        var folder = CalibrationStore.FolderOf(configuration.Buffer.Folder, configuration.Id);
        return Directory.Exists(folder) ? CalibrationStore.Open(LinuxCard.ToRead(folder, Purpose)) : CalibrationStore.Empty;
    }

    /// <summary>What is wrong with the records of a gateway, for people, with what to do: a sentence each.</summary>
    /// <param name="configuration">Its settings.</param>
    public static IReadOnlyList<string> Troubles(GatewayConfiguration configuration)
    {
        try
        {
            return [.. new CalibrationBook(Look(configuration), []).Troubles];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [$"the records cannot be read: {e.Message}"];
        }
    }

    /// <summary>Opens calibrations to add to them.</summary>
    /// <param name="card">Their folder.</param>
    /// <param name="channels">The channels.</param>
    /// <param name="whyNoneIsAdded">Why nothing can be added; null where nothing is known against it.</param>
    /// <exception cref="IOException">Somebody else adds to them.</exception>
    internal static CalibrationRoom Open(ICard card, IReadOnlyList<CalibratedChannel> channels, string? whyNoneIsAdded = null)
    {
        IDisposable? claim = null;
        try
        {
            claim = card.Claim();
            return new CalibrationRoom(card, claim, CalibrationStore.Open(card, whyNoneIsAdded), channels);
        }
        catch (IOException e) when (CardErrors.IsOfTheMedium(e) || CardErrors.IsDenied(e))
        {
            // A dead card, or somebody else's folder, keeps nobody from measuring; the values are doubted.
            return new CalibrationRoom(card, claim, CalibrationStore.Unreadable(card, e.Message.TrimEnd('.')), channels);
        }
        catch
        {
            claim?.Dispose();
            throw;
        }
    }

    /// <summary>Lets others add.</summary>
    public void Dispose() => claim?.Dispose();

    private static bool WasNever(string folder)
    {
        try
        {
            return !Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(folder) ?? "/").Contains(folder, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
