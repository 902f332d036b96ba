import type { Operation } from '../operation/operation.ts'
import type { Ended, Passed } from '../skipped.ts'

type Op<I, O> = Operation<I, O>

/**
 * The types of `pipe`, a signature for each length: only so does each step's closure get the type of what the step
 * before answers. In longer pipes closures say their types themselves, or the pipe is nested, which is the same.
 * The last signature takes no fewer steps than it says, so that a wrong step is told by one signature alone.
 */
export interface Pipe {
  <A, B>(a: Op<A, B>): Op<A, B>
  <A, B, C>(a: Op<A, B>, b: Op<Passed<B>, C>): Op<A, C | Ended<B>>
  <A, B, C, D>(a: Op<A, B>, b: Op<Passed<B>, C>, c: Op<Passed<C>, D>): Op<A, D | Ended<B | C>>
  <A, B, C, D, E>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
  ): Op<A, E | Ended<B | C | D>>
  <A, B, C, D, E, F>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
  ): Op<A, F | Ended<B | C | D | E>>
  <A, B, C, D, E, F, G>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
  ): Op<A, G | Ended<B | C | D | E | F>>
  <A, B, C, D, E, F, G, H>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
  ): Op<A, H | Ended<B | C | D | E | F | G>>
  <A, B, C, D, E, F, G, H, I>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
  ): Op<A, I | Ended<B | C | D | E | F | G | H>>
  <A, B, C, D, E, F, G, H, I, J>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
  ): Op<A, J | Ended<B | C | D | E | F | G | H | I>>
  <A, B, C, D, E, F, G, H, I, J, K>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
  ): Op<A, K | Ended<B | C | D | E | F | G | H | I | J>>
  <A, B, C, D, E, F, G, H, I, J, K, L>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
    k: Op<Passed<K>, L>,
  ): Op<A, L | Ended<B | C | D | E | F | G | H | I | J | K>>
  <A, B, C, D, E, F, G, H, I, J, K, L, M>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
    k: Op<Passed<K>, L>,
    l: Op<Passed<L>, M>,
  ): Op<A, M | Ended<B | C | D | E | F | G | H | I | J | K | L>>
  <A, B, C, D, E, F, G, H, I, J, K, L, M, N>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
    k: Op<Passed<K>, L>,
    l: Op<Passed<L>, M>,
    m: Op<Passed<M>, N>,
  ): Op<A, N | Ended<B | C | D | E | F | G | H | I | J | K | L | M>>
  <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
    k: Op<Passed<K>, L>,
    l: Op<Passed<L>, M>,
    m: Op<Passed<M>, N>,
    n: Op<Passed<N>, O>,
  ): Op<A, O | Ended<B | C | D | E | F | G | H | I | J | K | L | M | N>>
  <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
    k: Op<Passed<K>, L>,
    l: Op<Passed<L>, M>,
    m: Op<Passed<M>, N>,
    n: Op<Passed<N>, O>,
    o: Op<Passed<O>, P>,
  ): Op<A, P | Ended<B | C | D | E | F | G | H | I | J | K | L | M | N | O>>
  <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q>(
    a: Op<A, B>,
    b: Op<Passed<B>, C>,
    c: Op<Passed<C>, D>,
    d: Op<Passed<D>, E>,
    e: Op<Passed<E>, F>,
    f: Op<Passed<F>, G>,
    g: Op<Passed<G>, H>,
    h: Op<Passed<H>, I>,
    i: Op<Passed<I>, J>,
    j: Op<Passed<J>, K>,
    k: Op<Passed<K>, L>,
    l: Op<Passed<L>, M>,
    m: Op<Passed<M>, N>,
    n: Op<Passed<N>, O>,
    o: Op<Passed<O>, P>,
    p: Op<Passed<P>, Q>,
  ): Op<A, Q | Ended<B | C | D | E | F | G | H | I | J | K | L | M | N | O | P>>
  <
    A,
    B,
    S2 extends Any,
    S3 extends Any,
    S4 extends Any,
    S5 extends Any,
    S6 extends Any,
    S7 extends Any,
    S8 extends Any,
    S9 extends Any,
    S10 extends Any,
    S11 extends Any,
    S12 extends Any,
    S13 extends Any,
    S14 extends Any,
    S15 extends Any,
    S16 extends Any,
    S17 extends Any,
    const T extends readonly Any[],
  >(
    a: Op<A, B>,
    s2: S2 & Fits<B, S2>,
    s3: S3 & Fits<Out<S2>, S3>,
    s4: S4 & Fits<Out<S3>, S4>,
    s5: S5 & Fits<Out<S4>, S5>,
    s6: S6 & Fits<Out<S5>, S6>,
    s7: S7 & Fits<Out<S6>, S7>,
    s8: S8 & Fits<Out<S7>, S8>,
    s9: S9 & Fits<Out<S8>, S9>,
    s10: S10 & Fits<Out<S9>, S10>,
    s11: S11 & Fits<Out<S10>, S11>,
    s12: S12 & Fits<Out<S11>, S12>,
    s13: S13 & Fits<Out<S12>, S13>,
    s14: S14 & Fits<Out<S13>, S14>,
    s15: S15 & Fits<Out<S14>, S15>,
    s16: S16 & Fits<Out<S15>, S16>,
    s17: S17 & Fits<Out<S16>, S17>,
    ...rest: T & Chained<readonly [S17, ...T]>
  ): Op<
    A,
    Result<readonly [Op<A, B>, S2, S3, S4, S5, S6, S7, S8, S9, S10, S11, S12, S13, S14, S15, S16, S17, ...T]>
  >
}

type Any = Op<any, any>
type In<T> = T extends Op<infer I, any> ? I : never
type Out<T> = T extends Op<any, infer O> ? O : never

/** The step itself where it accepts what the one before answers, and the step that would where it does not. */
type Fits<Answer, Step> = [Passed<Answer>] extends [In<Step>] ? Step : Op<Passed<Answer>, any>

/** The same for each step after the first of a list. */
type Chained<T extends readonly unknown[]> = T extends readonly [infer P, infer N, ...infer R]
  ? readonly [Fits<Out<P>, N>, ...Chained<readonly [N, ...R]>]
  : readonly []

type Result<T extends readonly unknown[]> = T extends readonly [...infer R, infer L]
  ? Out<L> | Ended<Out<R[number]>>
  : never
