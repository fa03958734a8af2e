using PondSentinel.Calibration;
using PondSentinel.Gateway.Calibration;
using PondSentinel.Gateway.Configuration;
using PondSentinel.Sensors;

namespace PondSentinel.Gateway.Acquisition;

/// <summary>The description of the records as it is now: another calibration in force makes another, and so do other settings. Thread-safe.</summary>
internal sealed class CurrentMeta
{
    private readonly Lock gate = new();
    private readonly CalibrationBook? book;
    private GatewayConfiguration configuration;
    private IReadOnlyDictionary<string, SensorModel> models;
    private volatile MetaDescription now;

    /// <summary>Describes a gateway.</summary>
    /// <param name="configuration">Its settings.</param>
    /// <param name="models">The models of its devices.</param>
    /// <param name="book">What is in force for its channels; null where nothing is ever calibrated.</param>
    public CurrentMeta(GatewayConfiguration configuration, IReadOnlyDictionary<string, SensorModel> models, CalibrationBook? book)
    {
        (this.configuration, this.models, this.book) = (configuration, models, book);
        now = Describe();
        if (book is not null)
        {
            book.Added += Note;
        }
    }

    /// <summary>The description.</summary>
    public MetaDescription Now => now;

    /// <summary>Raised after it has changed. A handler must not wait.</summary>
    public event Action? Changed;

    /// <summary>Describes other settings from now on.</summary>
    /// <param name="settings">The settings.</param>
    public void Follow(GatewayConfiguration settings)
    {
        lock (gate)
        {
            (configuration, models) = (settings, settings.Models);
            Renew();
        }
    }

    private MetaDescription Describe() => MetaDescription.Of(configuration, models, (device, channel) => book?.Of(device, channel)?.Id);

    private void Note(CalibrationRecord record)
    {
        lock (gate)
        {
            Renew();
        }
    }

    private void Renew()
    {
        var described = Describe();
        if (described.Schema != now.Schema)
        {
            now = described;
            Changed?.Invoke();
        }
    }
}
