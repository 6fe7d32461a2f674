"""Sixty everyday workflows with scikit-learn, as strangers write them: of data X, classes y and quantities t.

Each is written once, for plain scikit-learn on NumPy arrays as for xpuarray's.  `a` makes an array where the data is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn
import sklearn.calibration
import sklearn.compose
import sklearn.covariance
import sklearn.cross_decomposition
import sklearn.discriminant_analysis
import sklearn.dummy
import sklearn.experimental.enable_halving_search_cv
import sklearn.experimental.enable_iterative_imputer
import sklearn.feature_selection
import sklearn.gaussian_process
import sklearn.impute
import sklearn.inspection
import sklearn.isotonic
import sklearn.kernel_approximation
import sklearn.kernel_ridge
import sklearn.manifold
import sklearn.mixture
import sklearn.multiclass
import sklearn.multioutput
import sklearn.naive_bayes
import sklearn.neural_network
import sklearn.random_projection
import sklearn.semi_supervised
import sklearn.tree

sk: Any = sklearn

WORKFLOWS: dict[str, Callable[..., Any]] = {}


def workflow(function: Callable[..., Any]) -> Callable[..., Any]:
    WORKFLOWS[function.__name__] = function
    return function


def _logistic() -> Any:
    return sk.linear_model.LogisticRegression(tol=1e-8, max_iter=1000)


# -- one estimator ------------------------------------------------------------------------------


@workflow
def kmeans(X, y, t, a):
    m = sk.cluster.KMeans(3, init=X[:3], n_init=1).fit(X)
    return m.labels_, m.cluster_centers_, m.predict(X[:9]), m.transform(X[:9]), m.inertia_


@workflow
def minibatch_kmeans(X, y, t, a):
    return sk.cluster.MiniBatchKMeans(3, random_state=0, n_init=1).fit(X).cluster_centers_


@workflow
def dbscan(X, y, t, a):
    m = sk.cluster.DBSCAN(3.5).fit(X)
    return m.labels_, m.core_sample_indices_


@workflow
def agglomerative(X, y, t, a):
    return sk.cluster.AgglomerativeClustering(4).fit_predict(X)


@workflow
def pca(X, y, t, a):
    m = sk.decomposition.PCA(4).fit(X)
    return m.explained_variance_ratio_, m.inverse_transform(m.transform(X)), m.score(X), m.get_covariance()


@workflow
def truncated_svd(X, y, t, a):
    return sk.decomposition.TruncatedSVD(3, algorithm="arpack", random_state=0).fit(X).singular_values_


@workflow
def nmf(X, y, t, a):
    return sk.decomposition.NMF(3, init="nndsvd").fit_transform(X - X.min(axis=0))


@workflow
def linear_regression(X, y, t, a):
    m = sk.linear_model.LinearRegression().fit(X, t)
    return m.coef_, m.intercept_, m.predict(X), m.score(X, t)


@workflow
def ridge_with_weights(X, y, t, a):
    m = sk.linear_model.Ridge(2.0).fit(X, t, sample_weight=a(np.arange(1.0, 1 + len(X))))
    return m.coef_, m.predict(X)


@workflow
def ridge_cv(X, y, t, a):
    m = sk.linear_model.RidgeCV(alphas=a(np.logspace(-2, 2, 5))).fit(X, t)
    return m.alpha_, m.coef_


@workflow
def lasso(X, y, t, a):
    return sk.linear_model.Lasso(0.5, tol=1e-10, max_iter=5000).fit(X, t).coef_


@workflow
def elastic_net_path(X, y, t, a):
    return sk.linear_model.enet_path(X, t, n_alphas=5, tol=1e-8)[:2]


@workflow
def logistic(X, y, t, a):
    m = _logistic().fit(X, y)
    return m.predict(X), m.predict_proba(X), m.decision_function(X), m.coef_, m.classes_, m.score(X, y)


@workflow
def logistic_balanced(X, y, t, a):
    return sk.linear_model.LogisticRegression(class_weight="balanced", tol=1e-8).fit(X, y).coef_


@workflow
def sgd_partial_fit(X, y, t, a):
    m = sk.linear_model.SGDClassifier(random_state=0)
    for k in range(0, 200, 50):
        m.partial_fit(X[k : k + 50], y[k : k + 50], classes=[0, 1])
    return m.coef_, m.predict(X)


@workflow
def svc(X, y, t, a):
    m = sk.svm.SVC().fit(X, y)
    return m.predict(X), m.decision_function(X), m.support_, hasattr(m, "predict_proba"), hasattr(m, "coef_")


@workflow
def linear_svc(X, y, t, a):
    return sk.svm.LinearSVC(random_state=0, tol=1e-8, max_iter=20000).fit(X, y).coef_


@workflow
def svr(X, y, t, a):
    return sk.svm.SVR(tol=1e-6).fit(X, t).predict(X)


@workflow
def neighbors_classifier(X, y, t, a):
    m = sk.neighbors.KNeighborsClassifier(5).fit(X, y)
    return m.predict(X), m.predict_proba(X), m.kneighbors(X[:5])


@workflow
def neighbors_regressor(X, y, t, a):
    return sk.neighbors.KNeighborsRegressor(4, weights="distance").fit(X[:200], t[:200]).predict(X[200:])


@workflow
def nearest_neighbors(X, y, t, a):
    m = sk.neighbors.NearestNeighbors(n_neighbors=3).fit(X)
    return m.kneighbors(X[:4]), m.radius_neighbors(X[:4], 3.0, sort_results=True)


@workflow
def outliers(X, y, t, a):
    return sk.neighbors.LocalOutlierFactor(10).fit_predict(X), sk.covariance.EllipticEnvelope(random_state=0).fit(
        X[:, :5]
    ).mahalanobis(X[:, :5])


@workflow
def isolation_forest(X, y, t, a):
    return sk.ensemble.IsolationForest(n_estimators=20, random_state=0).fit(X).score_samples(X)


@workflow
def decision_tree(X, y, t, a):
    m = sk.tree.DecisionTreeClassifier(max_depth=4, random_state=0).fit(X, y)
    return m.predict(X), m.apply(X), m.feature_importances_, m.get_depth()


@workflow
def random_forest(X, y, t, a):
    m = sk.ensemble.RandomForestClassifier(20, random_state=0, n_jobs=2).fit(X, y)
    return m.score(X, y) > 0.95, m.predict(X).shape, m.feature_importances_.shape, len(m.estimators_)


@workflow
def random_forest_out_of_bag(X, y, t, a):
    m = sk.ensemble.RandomForestRegressor(60, random_state=0, oob_score=True, n_jobs=2).fit(X, t)
    return m.oob_prediction_.shape, m.score(X, t) > 0.95, m.oob_score_ > 0.8


@workflow
def gradient_boosting(X, y, t, a):
    m = sk.ensemble.GradientBoostingRegressor(n_estimators=8, random_state=0).fit(X, t)
    return m.predict(X), list(m.staged_predict(X[:3])), m.train_score_


@workflow
def hist_gradient_boosting(X, y, t, a):
    return sk.ensemble.HistGradientBoostingClassifier(max_iter=5, random_state=0).fit(X, y).predict_proba(X)


@workflow
def ada_boost(X, y, t, a):
    m = sk.ensemble.AdaBoostClassifier(n_estimators=5, random_state=0).fit(X, y)
    return m.predict(X), m.estimator_weights_


@workflow
def naive_bayes(X, y, t, a):
    m = sk.naive_bayes.GaussianNB().fit(X, y)
    return m.predict_proba(X), m.theta_, m.class_prior_


@workflow
def discriminant_analysis(X, y, t, a):
    return sk.discriminant_analysis.LinearDiscriminantAnalysis().fit(X, y).transform(X)


@workflow
def mixture(X, y, t, a):
    m = sk.mixture.GaussianMixture(2, random_state=0, means_init=X[:2]).fit(X)
    return m.means_, m.predict(X), m.bic(X)


@workflow
def gaussian_process(X, y, t, a):
    kernel = sk.gaussian_process.kernels.RBF(5.0) + sk.gaussian_process.kernels.WhiteKernel(1.0)
    m = sk.gaussian_process.GaussianProcessRegressor(kernel, optimizer=None).fit(X[:80], t[:80])
    return m.predict(X[80:90], return_std=True)


@workflow
def kernel_ridge(X, y, t, a):
    return sk.kernel_ridge.KernelRidge(kernel="rbf", gamma=0.01).fit(X, t).predict(X)


@workflow
def neural_network(X, y, t, a):
    return sk.neural_network.MLPClassifier((8,), max_iter=20, random_state=0).fit(X, y).predict_proba(X)


@workflow
def tsne(X, y, t, a):
    m = sk.manifold.TSNE(random_state=0, max_iter=250, init="random")
    return m.fit_transform(X[:60]).shape, m.embedding_.shape


@workflow
def isomap(X, y, t, a):
    return abs(sk.manifold.Isomap(n_neighbors=9, eigen_solver="dense").fit_transform(X[:100]))


@workflow
def isotonic(X, y, t, a):
    return sk.isotonic.IsotonicRegression().fit(X[:, 0], t).predict(X[:, 0])


@workflow
def partial_least_squares(X, y, t, a):
    return sk.cross_decomposition.PLSRegression(2).fit(X, t).predict(X)


@workflow
def ledoit_wolf(X, y, t, a):
    m = sk.covariance.LedoitWolf().fit(X)
    return m.covariance_, m.precision_, sk.covariance.empirical_covariance(X)


# -- preprocessing ------------------------------------------------------------------------------


@workflow
def scalers(X, y, t, a):
    names = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "Normalizer", "PowerTransformer")
    made = [getattr(sk.preprocessing, name)().fit_transform(X) for name in names]
    return made, sk.preprocessing.scale(X), sk.preprocessing.StandardScaler().fit(X).mean_


@workflow
def quantiles_and_bins(X, y, t, a):
    bins = sk.preprocessing.KBinsDiscretizer(4, encode="ordinal", quantile_method="averaged_inverted_cdf")
    return (
        sk.preprocessing.QuantileTransformer(n_quantiles=50, random_state=0).fit_transform(X),
        bins.fit_transform(X[:, :3]),
    )


@workflow
def polynomials_and_splines(X, y, t, a):
    return (
        sk.preprocessing.PolynomialFeatures(2).fit_transform(X[:, :4]),
        sk.preprocessing.SplineTransformer().fit_transform(X[:, :2]),
    )


@workflow
def encoders(X, y, t, a):
    codes = a(np.arange(len(X)) % 4)[:, None]
    return (
        sk.preprocessing.OneHotEncoder(sparse_output=False).fit_transform(codes),
        sk.preprocessing.OrdinalEncoder().fit_transform(codes),
        sk.preprocessing.LabelEncoder().fit_transform(y),
        sk.preprocessing.LabelBinarizer().fit_transform(codes[:, 0]),
    )


@workflow
def imputers(X, y, t, a):
    holes = a(np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.nan, 1.0)) * X
    return (
        sk.impute.SimpleImputer(strategy="median").fit_transform(holes),
        sk.impute.KNNImputer().fit_transform(holes[:80]),
        sk.impute.IterativeImputer(max_iter=2, random_state=0).fit_transform(holes[:80, :4]),
    )


@workflow
def random_features(X, y, t, a):
    return (
        sk.kernel_approximation.RBFSampler(random_state=0).fit_transform(X),
        sk.kernel_approximation.Nystroem(n_components=8, random_state=0).fit_transform(X).shape,
        sk.random_projection.GaussianRandomProjection(4, random_state=0).fit_transform(X),
    )


@workflow
def select_features(X, y, t, a):
    m = sk.feature_selection.SelectKBest(k=5).fit(X, y)
    far = sk.feature_selection.SelectFromModel(_logistic()).fit(X, y)
    return m.scores_, m.transform(X), m.get_support(), far.transform(X), sk.feature_selection.f_regression(X, t)


@workflow
def recursive_elimination(X, y, t, a):
    m = sk.feature_selection.RFE(sk.linear_model.LinearRegression(), n_features_to_select=6).fit(X, t)
    return m.ranking_, m.transform(X), m.predict(X)


@workflow
def sparse_codes(X, y, t, a):
    return sk.decomposition.SparseCoder(dictionary=X[:4], transform_n_nonzero_coefs=2).transform(X[4:9])


# -- composition --------------------------------------------------------------------------------


@workflow
def pipeline(X, y, t, a):
    m = sk.pipeline.make_pipeline(sk.preprocessing.StandardScaler(), sk.decomposition.PCA(5), _logistic()).fit(X, y)
    return m.predict(X), m.score(X, y), abs(m[1].components_), m[:-1].transform(X[:3]) ** 2, m.named_steps["pca"].mean_


@workflow
def feature_union(X, y, t, a):
    m = sk.pipeline.make_union(sk.preprocessing.StandardScaler(), sk.preprocessing.PolynomialFeatures(2))
    return m.fit_transform(X[:, :3])


@workflow
def column_transformer(X, y, t, a):
    m = sk.compose.make_column_transformer(
        (sk.preprocessing.StandardScaler(), [0, 1]), (sk.preprocessing.MinMaxScaler(), [3]), remainder="passthrough"
    )
    return m.fit_transform(X), m.named_transformers_["standardscaler"].mean_


@workflow
def function_transformer(X, y, t, a):
    return (
        sk.pipeline.make_pipeline(sk.preprocessing.FunctionTransformer(np.arctan), sk.linear_model.LinearRegression())
        .fit(X, t)
        .predict(X)
    )


@workflow
def transformed_target(X, y, t, a):
    m = sk.compose.TransformedTargetRegressor(sk.linear_model.LinearRegression(), func=np.sqrt, inverse_func=np.square)
    m.fit(X, t)
    return m.predict(X), m.regressor_.coef_


@workflow
def voting_and_stacking(X, y, t, a):
    parts = [("nb", sk.naive_bayes.GaussianNB()), ("lr", _logistic())]
    vote = sk.ensemble.VotingClassifier(parts, voting="soft").fit(X, y)
    stack = sk.ensemble.StackingClassifier(parts, _logistic(), cv=3).fit(X, y)
    return vote.predict_proba(X), stack.predict_proba(X), vote.named_estimators_["lr"].coef_


@workflow
def bagging(X, y, t, a):
    m = sk.ensemble.BaggingClassifier(sk.naive_bayes.GaussianNB(), 4, random_state=0).fit(X, y)
    return m.predict_proba(X), m.estimators_[0].theta_, m.estimators_samples_[0]


@workflow
def calibrated(X, y, t, a):
    m = sk.calibration.CalibratedClassifierCV(sk.naive_bayes.GaussianNB(), cv=3).fit(X, y)
    return m.predict_proba(X), sk.calibration.calibration_curve(y, m.predict_proba(X)[:, 1], n_bins=3)


@workflow
def one_against_rest(X, y, t, a):
    classes = a(np.arange(len(X)) % 3)
    rest = sk.multiclass.OneVsRestClassifier(sk.naive_bayes.GaussianNB()).fit(X, classes)
    one = sk.multiclass.OneVsOneClassifier(sk.naive_bayes.GaussianNB()).fit(X, classes)
    return rest.predict(X), rest.decision_function(X) if hasattr(rest, "decision_function") else None, one.predict(X)


@workflow
def several_outputs(X, y, t, a):
    both = a(np.stack([np.arange(len(X)) % 2, np.arange(len(X)) % 3], axis=1))
    m = sk.multioutput.MultiOutputClassifier(sk.naive_bayes.GaussianNB()).fit(X, both)
    chain = sk.multioutput.RegressorChain(sk.linear_model.LinearRegression()).fit(X, both)
    return m.predict(X), m.predict_proba(X), chain.predict(X)


@workflow
def self_training(X, y, t, a):
    some = a(np.where(np.arange(len(X)) % 3 == 0, -1, 0)) + 0 * y
    known = sk.semi_supervised.SelfTrainingClassifier(sk.naive_bayes.GaussianNB()).fit(X, y * (some == 0) - (some != 0))
    return known.predict(X), known.labeled_iter_


# -- selection ----------------------------------------------------------------------------------


@workflow
def split(X, y, t, a):
    return sk.model_selection.train_test_split(X, y, t, stratify=y, random_state=0)


@workflow
def folds_by_hand(X, y, t, a):
    scores = []
    for train, test in sk.model_selection.StratifiedKFold(3).split(X, y):
        m = sk.naive_bayes.GaussianNB().fit(X[train], y[train])
        scores.append(sk.metrics.accuracy_score(y[test], m.predict(X[test])))
    return scores


@workflow
def cross_validation(X, y, t, a):
    ms, m = sk.model_selection, sk.naive_bayes.GaussianNB()
    several = ms.cross_validate(m, X, y, cv=3, scoring=["accuracy", "roc_auc"], return_train_score=True)
    return (
        ms.cross_val_score(m, X, y, cv=ms.ShuffleSplit(3, random_state=0)),
        ms.cross_val_predict(m, X, y, cv=3, method="predict_proba"),
        {k: v for k, v in several.items() if "time" not in k},
        ms.cross_val_score(m, X, y, groups=a(np.arange(len(X)) % 7), cv=ms.GroupKFold(3)),
    )


@workflow
def grid_search(X, y, t, a):
    grid = {"ridge__alpha": a(np.logspace(-2, 2, 4)), "pca__n_components": [3, 6]}
    m = sk.pipeline.Pipeline([("pca", sk.decomposition.PCA()), ("ridge", sk.linear_model.Ridge())])
    m = sk.model_selection.GridSearchCV(m, grid, cv=3, n_jobs=1).fit(X, t)
    return m.best_score_, m.best_params_, m.cv_results_["mean_test_score"], m.best_estimator_[1].coef_, m.predict(X)


@workflow
def random_search(X, y, t, a):
    m = sk.model_selection.RandomizedSearchCV(
        sk.tree.DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4]}, n_iter=3, random_state=0, cv=3
    ).fit(X, y)
    halving = sk.model_selection.HalvingGridSearchCV(
        sk.tree.DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, 3, 4]}, random_state=0, cv=3
    ).fit(X, y)
    return m.best_params_, m.predict_proba(X), m.score(X, y), halving.best_params_, halving.predict(X)


@workflow
def curves(X, y, t, a):
    ms, m = sk.model_selection, sk.naive_bayes.GaussianNB()
    return (
        ms.learning_curve(m, X, y, train_sizes=np.linspace(0.3, 1, 3), cv=3),
        ms.validation_curve(sk.linear_model.Ridge(), X, t, param_name="alpha", param_range=np.logspace(-2, 2, 3), cv=3),
        ms.permutation_test_score(m, X, y, n_permutations=3, cv=3, random_state=0),
    )


@workflow
def permutation_importance(X, y, t, a):
    m = sk.linear_model.LinearRegression().fit(X, t)
    found = sk.inspection.permutation_importance(m, X, t, n_repeats=2, random_state=0)
    return found.importances_mean, sk.inspection.partial_dependence(m, X, [0], grid_resolution=5)["average"]


@workflow
def scorers(X, y, t, a):
    m = sk.naive_bayes.GaussianNB().fit(X, y)
    loss = sk.metrics.make_scorer(sk.metrics.log_loss, response_method="predict_proba", greater_is_better=False)
    return sk.metrics.get_scorer("roc_auc")(m, X, y), loss(m, X, y), sk.metrics.check_scoring(m, "f1")(m, X, y)


# -- metrics ------------------------------------------------------------------------------------


@workflow
def metrics_of_classes(X, y, t, a):
    m = sk.naive_bayes.GaussianNB().fit(X, y)
    guess, chance, k = m.predict(X), m.predict_proba(X)[:, 1], sk.metrics
    return (
        k.confusion_matrix(y, guess), k.f1_score(y, guess), k.roc_auc_score(y, chance), k.roc_curve(y, chance),
        k.precision_recall_curve(y, chance), k.log_loss(y, chance), k.classification_report(y, guess, output_dict=True),
        k.average_precision_score(y, chance), k.matthews_corrcoef(y, guess), k.brier_score_loss(y, chance),
    )  # fmt: skip


@workflow
def metrics_of_quantities(X, y, t, a):
    guess, k = sk.linear_model.LinearRegression().fit(X, t).predict(X), sk.metrics
    return (
        k.r2_score(t, guess),
        k.mean_squared_error(t, guess),
        k.median_absolute_error(t, guess),
        k.max_error(t, guess),
    )


@workflow
def metrics_of_clusters(X, y, t, a):
    labels, k = sk.cluster.KMeans(3, init=X[:3], n_init=1).fit_predict(X), sk.metrics
    return (
        k.silhouette_score(X, labels), k.silhouette_samples(X, labels), k.adjusted_rand_score(y, labels),
        k.davies_bouldin_score(X, labels), k.normalized_mutual_info_score(y, labels),
    )  # fmt: skip


@workflow
def distances(X, y, t, a):
    k = sk.metrics.pairwise
    return (
        k.euclidean_distances(X[:9], X), k.cosine_similarity(X[:9]), k.rbf_kernel(X[:9]), k.manhattan_distances(X[:9]),
        sk.metrics.pairwise_distances(X[:9], metric="cosine"), sk.metrics.pairwise_distances_argmin(X[:9], X),
        list(sk.metrics.pairwise_distances_chunked(X[:9])),
    )  # fmt: skip


@workflow
def helpers(X, y, t, a):
    return (
        sk.utils.shuffle(X, y, random_state=0), sk.utils.resample(X, n_samples=9, random_state=0),
        sk.utils.class_weight.compute_sample_weight("balanced", y), sk.base.clone(_logistic()).fit(X, y).coef_,
        sk.utils.extmath.randomized_svd(X, 2, random_state=0)[1], sk.model_selection.ParameterGrid({"a": [1, 2]})[0],
    )  # fmt: skip
