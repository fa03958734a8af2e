namespace PondSentinel.Backend.Storage;

/// <summary>A store that keeps points and gives them back.</summary>
public interface IStore : IMeasurementStore, IHistoryStore;
