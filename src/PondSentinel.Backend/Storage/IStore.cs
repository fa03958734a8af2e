namespace PondSentinel.Backend.Storage;

/// <summary>A store that keeps points, gives them back, and gives up what is old.</summary>
public interface IStore : IMeasurementStore, IRetainingStore;
